"""Issuer types: one JSON file each, read by Nix and Python."""
