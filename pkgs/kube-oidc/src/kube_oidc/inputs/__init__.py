"""Finds and reads the files that a user names."""
