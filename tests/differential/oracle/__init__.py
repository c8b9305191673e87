"""Asks Kubernetes' own packages and our checker the same questions and compares the answers."""
