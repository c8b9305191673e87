"""A token as an issuer would make it, and what is unknown about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")


class MadeTokenError(Exception):
    """No such token exists; the message states which option is wrong and what to write instead."""


@dataclass(frozen=True, slots=True)
class MadeToken:
    """`title`: in which case the issuer makes it. `unknown`: options whose values stand-ins take the place of."""

    title: str
    claims: Mapping[str, Any]
    unknown: tuple[str, ...] = ()


def filled(template: str, values: Mapping[str, Any]) -> str:
    """The template with the values in place of `{name}`; KeyError if one is missing."""
    return PLACEHOLDER.sub(lambda match: str(values[match[1]]), template)
