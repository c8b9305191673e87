"""Writes YAML and Nix without libraries."""
