"""Running API servers, reached with a kubeconfig's credentials: the one place that talks to a cluster."""

from __future__ import annotations


class ClusterError(Exception):
    """The API servers could not be asked; the message says why, without credentials."""
