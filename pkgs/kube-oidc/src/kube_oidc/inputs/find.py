"""Finds the configurations in a file: bare, or in a wrapper, or in a wrapper's wrapper."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from itertools import islice
from typing import Any, Final

from kube_oidc.data import folder
from kube_oidc.inputs import yaml_nodes
from kube_oidc.inputs.embedded import Text
from kube_oidc.inputs.encoded import is_encoded
from kube_oidc.inputs.scan import scan
from kube_oidc.inputs.wrapper import GROUP, KIND, Found, Source, Wrapper
from kube_oidc.inputs.yaml_values import MAX_BYTES

MAX_CONFIGURATIONS: Final = 64
_MAX_DEPTH: Final = 4  # of wrappers in wrappers
_MAX_DECODED_BYTES: Final = 1 << 20  # what the checker reads
_BARE: Final = re.compile(rf"^[\"']?kind[\"']?[ \t]*:[ \t]*[\"']?{KIND}[\"']?[ \t]*(?:#.*)?\r?$", re.M)
_FIRST: Final = re.compile(r"[\"']?(?:apiVersion|kind|jwt|anonymous)[\"']?[ \t]*:|\{|<%")
_BASE64: Final = re.compile(r"\s*(?:[A-Za-z0-9+/_-]{20,}\s*)+={0,2}\s*")


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configuration in a file: its text with places, where it is, and what kind of file that is."""

    text: Text
    inside: str
    wrapper: Wrapper | None
    computed: bool = False
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file is: its configurations, and the first wrapper that it was recognized as."""

    file: Text
    configurations: tuple[Configuration, ...] = ()
    wrapper: Wrapper | None = None
    kind: str = ""


def mentions(data: bytes) -> bool:
    """Whether the file may contain a configuration: it has the kind's name, possibly encoded."""
    return KIND.encode() in data or is_encoded(data)


def is_bare(text: str) -> bool:
    """Whether the text itself, without a wrapper, is a configuration: it says so, and begins with one of its keys."""
    if _BARE.search(text) is None:
        return False
    lines = (line.strip("\ufeff") for line in text.splitlines())
    first = next(
        (line for line in lines if line.strip() and not line.lstrip().startswith(("#", "---", "%YAML"))), ""
    )
    return _FIRST.match(first) is not None


def find(path: str, data: bytes) -> Contents:
    """Every configuration in the file (at most 64), and what the file is."""
    text = Text.whole(data.decode("utf-8-sig", "surrogateescape"))
    if len(data) > MAX_BYTES or "\0" in text.text:
        return Contents(text)
    found = tuple(islice(_in_text(text, path, 0), MAX_CONFIGURATIONS))
    first = next((each.wrapper for each in found if each.wrapper), None)
    sources = list(_sources(text, path))
    kind = next((each.get("kind") for each in sources if each.node is not None), "")
    return Contents(text, found, first or next(filter(None, map(wrapper_of, sources)), None), kind)


@cache
def wrappers() -> tuple[Wrapper, ...]:
    """Every wrapper, the specific ones first."""
    names = sorted(each.name.removesuffix(".py") for each in folder("inputs/wrappers").iterdir())
    modules = [
        import_module(f"kube_oidc.inputs.wrappers.{name}") for name in names if not name.startswith("_")
    ]
    found: list[Wrapper] = [module.WRAPPER for module in modules]
    return tuple(sorted(found, key=lambda wrapper: -wrapper.specific))


def wrapper_of(source: Source) -> Wrapper | None:
    """The wrapper that this document or text is; None if it is none."""
    return next((wrapper for wrapper in wrappers() if wrapper.recognizes(source)), None)


def _sources(text: Text, path: str) -> Iterator[Source]:
    """The documents of a YAML text; the text itself if it isn't YAML or is in another language."""
    whole = Source(path, text)
    found = [] if wrapper_of(whole) else _documents(text)
    if not any(node.id != "scalar" for node in found):
        yield whole
    for node in found:
        yield Source(path, text, node)


def _documents(text: Text) -> list[Any]:
    import yaml  # noqa: PLC0415 - 40 ms

    try:
        return yaml_nodes.documents(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return []


def _in_text(text: Text, path: str, depth: int) -> Iterator[Configuration]:
    """The configurations in a text: the text itself, in its documents, or between its lines."""
    encoded = _decoded(text)
    if encoded is not None:
        if depth < _MAX_DEPTH:
            yield from _in_text(encoded, "", depth + 1)
        return
    empty = True
    for source in _sources(text, path):
        for found in _in_source(source, depth):
            empty = False
            yield found
    if empty:
        for part in scan(text):
            yield Configuration(part, "", wrapper_of(Source(path, text)))


def _in_source(source: Source, depth: int) -> Iterator[Configuration]:
    wrapper = wrapper_of(source)
    if source.node is not None and _is_configuration(source.node):
        yield Configuration(yaml_nodes.subtree(source.node, source.text), "", None)
        return
    extracts = wrapper.extracts if wrapper and wrapper.extracts else everything
    for found in extracts(source):
        yield from _unwrapped(found, wrapper, depth)


def _unwrapped(found: Found, wrapper: Wrapper | None, depth: int) -> Iterator[Configuration]:
    """The configuration, or those in it if it is a wrapper itself."""
    whole = Configuration(found.text, found.inside, wrapper, found.computed, found.exact)
    if is_bare(found.text.text) or not found.exact:
        yield whole
    elif depth < _MAX_DEPTH:
        for inner in _in_text(found.text, "", depth + 1):
            inside = " → ".join(filter(None, (found.inside, inner.inside)))
            yield replace(inner, inside=inside, wrapper=wrapper or inner.wrapper)


def everything(source: Source) -> Iterator[Found]:
    """Every mapping of our kind, and every string that contains a configuration, possibly in base64."""
    if source.node is None:
        return
    within: list[tuple[yaml_nodes.Step, ...]] = []
    for path, node in yaml_nodes.walk(source.node):
        if any(path[: len(each)] == each for each in within):
            continue
        if node.id == "mapping" and _is_configuration(node):
            within.append(path)
            yield Found(yaml_nodes.subtree(node, source.text), shown(path), exact=False)
        elif (
            node.id == "scalar"
            and mentions(node.value.encode("utf-8", "replace"))
            and ("\n" in node.value or len(node.value) > 60)
        ):
            yield Found(yaml_nodes.Scalar(path, node, source.text).text(), shown(path))


def shown(path: tuple[yaml_nodes.Step, ...]) -> str:
    """The path as people write it: `data["config.yaml"]`, `spec.files[0].content`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.fullmatch(r"[A-Za-z_][\w-]*", step):
            text += f".{step}" if text else step
        else:
            text += f'["{step}"]'
    return text


def _is_configuration(node: Any) -> bool:
    version = yaml_nodes.text_at(node, "apiVersion")
    group = version.partition("/")[0]
    return yaml_nodes.text_at(node, "kind") == KIND and (not version or "." not in group or group == GROUP)


def _decoded(text: Text) -> Text | None:
    """The decoded text of base64, with or without gzip; None if it isn't base64."""
    if not _BASE64.fullmatch(text.text):
        return None
    plain = "".join(text.text.split()).replace("-", "+").replace("_", "/")
    try:
        data = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
        if data.startswith(b"\x1f\x8b"):
            unpacking = zlib.decompressobj(31)
            data = unpacking.decompress(data, _MAX_DECODED_BYTES)
            if not unpacking.eof:
                return None
        decoded = data.decode("utf-8-sig")
    except (binascii.Error, zlib.error, ValueError):
        return None
    start = len(text.text) - len(text.text.lstrip())
    return text.constant(decoded, start)
