"""Reads kubeconfigs, manifests and other YAML as plain values; uses libyaml if PyYAML has it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

_MAX_DEPTH: Final = 1000  # libyaml's own limit since 0.2.6
MAX_BYTES: Final = 4 << 20  # libyaml needs a second per million


def load(text: str | bytes) -> Any:
    """The single document of the text; raises yaml.YAMLError, ValueError or RecursionError if it is invalid."""
    return next(load_all(text, single=True))


def load_all(text: str | bytes, *, single: bool = False) -> Iterator[Any]:
    """Yields every document, None for an empty one; raises the same errors as `load`."""
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
    """A subclass of the PyYAML loader that raises RecursionError at 1,000 levels.

    Before PyYAML 6.0.4, deep nesting crashes Python.

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
