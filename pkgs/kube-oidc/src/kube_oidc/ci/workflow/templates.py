"""The template files: `@{name}` is replaced, and nothing else in them has a meaning.

`string.Template` would need every `$` of a shell script doubled, and doesn't indent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from kube_oidc.data import folder

_NAME: Final = re.compile(r"@\{(\w+)\}")


def text_of(name: str) -> str:
    """A template file's text."""
    text: str = (folder("ci/workflow/templates") / name).read_text("utf-8")
    return text


def fill(name: str, **values: str) -> str:
    """The template with these values; KeyError if one is missing.

    A placeholder that is by itself on a line becomes the lines of its value, indented as it is; none if that is empty.
    """
    return "".join(_line(line, values) for line in text_of(name).splitlines())


def _line(line: str, values: Mapping[str, str]) -> str:
    whole = _NAME.fullmatch(line.strip())
    if whole is None:
        return _NAME.sub(lambda match: values[match[1]], line) + "\n"
    indent = line[: len(line) - len(line.lstrip())]
    return "".join(
        f"{indent}{each}\n" if each else "\n" for each in values[whole[1]].strip("\n").splitlines()
    )
