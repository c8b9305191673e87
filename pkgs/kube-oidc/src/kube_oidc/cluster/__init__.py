"""Access to running API servers with a kubeconfig."""

from __future__ import annotations


class ClusterError(Exception):
    """The cluster can't be queried; the message says why and contains no credentials."""
