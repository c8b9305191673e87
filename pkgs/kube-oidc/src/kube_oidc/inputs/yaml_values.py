"""YAML that people have lying about (kubeconfigs, manifests) as plain values, by libyaml where it is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

LARGEST: Final = 4 << 20  # bytes; libyaml takes a second for each million


def load(text: str | bytes) -> Any:
    """The one document; yaml.YAMLError, ValueError or RecursionError where there is none."""
    return next(load_all(text, single=True))


def load_all(text: str | bytes, *, single: bool = False) -> Iterator[Any]:
    """Every document, None for an empty one; the same errors."""
    import yaml  # noqa: PLC0415 - 40 ms

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        if single:
            yield loader.get_single_data()
            return
        while loader.check_data():
            yield loader.get_data()
    finally:
        loader.dispose()
