"""YAML that people have lying about (kubeconfigs, manifests) as plain values, by libyaml where it is there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

_MAX_DEPTH: Final = 1000  # libyaml's own limit since 0.2.6
LARGEST: Final = 4 << 20  # bytes; libyaml takes a second for each million


def load(text: str | bytes) -> Any:
    """The one document; yaml.YAMLError, ValueError or RecursionError where there is none."""
    return next(load_all(text, single=True))


def load_all(text: str | bytes, *, single: bool = False) -> Iterator[Any]:
    """Every document, None for an empty one; the same errors."""
    import yaml  # noqa: PLC0415 - 40 ms

    loader = bounded(getattr(yaml, "CSafeLoader", yaml.SafeLoader))(text)
    try:
        if single:
            yield loader.get_single_data()
            return
        while loader.check_data():
            yield loader.get_data()
    finally:
        loader.dispose()


@cache
def bounded(loader: type[Any]) -> Any:
    """The PyYAML loader, which then raises RecursionError at 1,000 levels: before 6.0.4, deep nesting crashes Python.

    PyYAML calls the resolver's two methods whenever it enters and leaves a node.
    """

    class BoundedLoader(loader):  # type: ignore[misc]
        depth = 0

        def descend_resolver(self, node: Any, index: Any) -> None:
            self.depth += 1
            if self.depth > _MAX_DEPTH:
                raise RecursionError
            super().descend_resolver(node, index)

        def ascend_resolver(self) -> None:
            self.depth -= 1
            super().ascend_resolver()

    return BoundedLoader
