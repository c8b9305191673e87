"""Writes YAML and Nix."""
