"""HTML templates in the logic-free part of Mustache: values, sections, inverted sections and partials.

    {{name}}  {{.}}            a value, escaped; {{.}} is the element of a list of values
    {{{name}}}                 a value as it is: only for the page's own style and script
    {{#name}} … {{/name}}      once for each element of a list; once if the value is true; else not
    {{^name}} … {{/name}}      only if the value is false or empty
    {{> file}}                 another template with the same values

Source: https://mustache.github.io/mustache.5.html. Unlike there, an unknown name is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from kube_oidc.data import folder
from kube_oidc.report.printable import html_text

Values = Mapping[str, Any]
_TAG: Final = re.compile(
    r"^[ \t]*\{\{([#^/>])\s*([\w.-]+)\s*\}\}[ \t]*\n"  # by itself on a line: the line goes with it
    r"|\{\{([#^/>{]?)\s*([\w.-]+)\s*\}\}\}?",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class _Tag:
    kind: str
    name: str
    inside: tuple[str | _Tag, ...] = ()


def render(file: str, values: Values) -> str:
    """The template with these values. KeyError: a name without a value."""
    return "".join(_rendered(_parsed(file), values))


def text_of(file: str) -> str:
    """The text of a file in the folder of templates."""
    text: str = (folder("report/templates") / file).read_text("utf-8")
    return text


def _rendered(nodes: tuple[str | _Tag, ...], values: Values) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, str):
            yield node
            continue
        match node.kind:
            case "":
                yield html_text(str(values[node.name]))
            case "{":
                yield values[node.name]
            case ">":
                yield from _rendered(_parsed(f"{node.name}.html"), values)
            case "^" if not values[node.name]:
                yield from _rendered(node.inside, values)
            case "#":
                yield from _section(node, values)


def _section(node: _Tag, values: Values) -> Iterator[str]:
    value = values[node.name]
    if not isinstance(value, list | tuple):
        value = [{}] if value else []
    for element in value:
        inner = element if isinstance(element, Mapping) else {".": element}
        yield from _rendered(node.inside, {**values, **inner})


@cache
def _parsed(file: str) -> tuple[str | _Tag, ...]:
    text, at = text_of(file), 0
    levels: list[tuple[str, str, list[str | _Tag]]] = [("", "", [])]
    for found in _TAG.finditer(text):
        levels[-1][2].append(text[at : found.start()])
        at = found.end()
        kind, name = found[1] or found[3] or "", found[2] or found[4]
        if kind in ("#", "^"):
            levels.append((kind, name, []))
        elif kind == "/":
            opened, begun, inside = levels.pop()
            if begun != name:
                raise ValueError(f"{file}: {{{{/{name}}}}} ends {begun or 'nothing'}")
            levels[-1][2].append(_Tag(opened, name, tuple(inside)))
        else:
            levels[-1][2].append(_Tag(kind, name))
    if len(levels) > 1:
        raise ValueError(f"{file}: {{{{/{levels[-1][1]}}}}} is missing")
    return (*levels[0][2], text[at:])
