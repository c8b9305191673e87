"""The interface of a wrapper: a kind of file that can contain an AuthenticationConfiguration, or that looks like one.

Each file in `wrappers/` declares one `WRAPPER`. Nothing lists them: `find.py` reads the folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from kube_oidc.inputs import yaml_nodes
from kube_oidc.inputs.embedded import Text

KIND: Final = "AuthenticationConfiguration"
GROUP: Final = "apiserver.config.k8s.io"


@dataclass(frozen=True, slots=True)
class Source:
    """What a wrapper looks at: a YAML document (`node`), or a text in another language (`node` is None)."""

    path: str
    text: Text
    node: Any = None

    def get(self, *keys: str) -> str:
        """The scalar at this path of the document; empty if there is none."""
        return yaml_nodes.text_at(self.node, *keys)

    def has(self, *keys: str) -> bool:
        """Whether the document has this path."""
        return yaml_nodes.at(self.node, *keys) is not None

    @property
    def suffix(self) -> str:
        """What the file's name ends with, from the last dot."""
        return "." + self.path.rpartition(".")[2] if "." in self.path else ""


@dataclass(frozen=True, slots=True)
class Found:
    """A configuration in a wrapper.

    `inside` is its place in the wrapper, such as `data["config.yaml"]`. `computed`: parts of it are expressions.
    `exact`: the text is, byte for byte, the file that the API server reads.
    """

    text: Text
    inside: str = ""
    computed: bool = False
    exact: bool = True


def no_configuration(_: Source) -> Iterator[Found]:
    """For kinds that never contain one."""
    yield from ()


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A kind of file.

    `name` completes "this is …". `hint` says what to check or write instead if there is no configuration inside.
    `recognizes` decides by structure or file name. `extracts` is None for "every string and every mapping in the
    document". `renders` is the command that replaces variables. `specific` wrappers are tried before general ones.
    """

    name: str
    recognizes: Callable[[Source], bool]
    hint: str = ""
    extracts: Callable[[Source], Iterator[Found]] | None = None
    renders: str = ""
    note: str = ""
    tool: str = ""
    specific: int = 1
    kinds: frozenset[str] = field(default_factory=frozenset)


def of_kind(*kinds: str, group: str = "") -> Callable[[Source], bool]:
    """Recognizes documents of these kinds, in this API group (any if empty)."""

    def recognizes(source: Source) -> bool:
        return source.get("kind") in kinds and (
            not group or source.get("apiVersion").partition("/")[0] == group
        )

    return recognizes
