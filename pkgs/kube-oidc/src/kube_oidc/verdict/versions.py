"""Kubernetes minor versions: what they know decides what is valid."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class KubernetesVersion:
    """A minor version such as 1.36; compares as numbers do."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"

    @classmethod
    def parse(cls, text: str) -> KubernetesVersion:
        """`1.36`, `v1.36.3` or `1.36.3+k3s1` as a minor version; ValueError says what was expected."""
        match = re.match(r"v?(\d+)\.(\d+)(?:\.|\+|-|$)", text.strip())
        if match is None:
            raise ValueError(f"{text!r} is not a Kubernetes version; write it as 1.36 or v1.36.3")
        return cls(int(match[1]), int(match[2]))


OLDEST = KubernetesVersion(1, 29)
DEFAULT = KubernetesVersion(1, 36)
NEWEST = KubernetesVersion(1, 37)
