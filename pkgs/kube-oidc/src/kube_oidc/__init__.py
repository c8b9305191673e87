"""Checks and explains Kubernetes AuthenticationConfiguration."""

__version__ = "0.1.0"
