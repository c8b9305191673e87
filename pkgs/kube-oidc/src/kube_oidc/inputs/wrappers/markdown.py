"""Markdown: fenced code blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kube_oidc.inputs.embedded import dedented
from kube_oidc.inputs.wrapper import KIND, Found, Source, Wrapper

_FENCE: Final = re.compile(r"^([ \t]*)(`{3,}|~{3,})[^`\n]*\n(.*?)^[ \t]*\2[`~]*[ \t]*$", re.M | re.S)


def _extract(source: Source) -> Iterator[Found]:
    for match in _FENCE.finditer(source.text.text):
        if KIND in match[3]:
            yield Found(
                dedented(source.text.part(match.start(3), match.end(3)), len(match[1])), "a code block"
            )


def _recognizes(source: Source) -> bool:
    if source.node is not None:
        return False
    return source.suffix.lower() in (".md", ".markdown", ".mdx") or (
        not source.suffix and _FENCE.search(source.text.text) is not None
    )


WRAPPER: Final = Wrapper(
    name="a Markdown page",
    recognizes=_recognizes,
    extracts=_extract,
    hint="check a page with the whole configuration in a code block",
    specific=2,
)
