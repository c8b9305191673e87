"""The forms of a name that a mapping makes: text, and holes that a claim fills."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final

from kube_oidc.rules.facts import Place

MAX_NAME: Final = 2_000  # characters of a name that is taken apart
MOST: Final = 16
"""Forms that one name may have."""
_VARIABLE: Final = re.compile(r"\{(\w+)\}")
_ADDRESS: Final = r"[^@\s]+@[^@\s]+"
# What cannot be in a variable of a subject, so that each name is taken apart in one way.
_LETTERS: Final = {
    "repository": "[^:@]+",
    "owner": "[^:/@]+",
    "name": "[^:/@]+",
    "ownerId": "[0-9]+",
    "repositoryId": "[0-9]+",
    # git-check-ref-format(1)
    "ref": r"refs/[^\s~^:?*\[\\]+",
    "refName": r"[^\s~^:?*\[\\]+",
    "refType": "[a-z]+",
    "environment": "[^:]+",
}


@dataclass(frozen=True, slots=True)
class Hole:
    """What a claim fills; `name` is shown, `place` is None where it is not known what fills it."""

    name: str
    place: Place | None = None
    letters: str = ".+?"


@dataclass(frozen=True, slots=True)
class Form:
    """Text and holes, one behind the other."""

    parts: tuple[str | Hole, ...]

    def __str__(self) -> str:
        """`forgejo:<sub>`."""
        return "".join(part if isinstance(part, str) else f"<{part.name}>" for part in self.parts)

    @property
    def is_known(self) -> bool:
        """Is it known for every hole which claim fills it?"""
        return all(isinstance(part, str) or part.place is not None for part in self.parts)

    @property
    def beginning(self) -> str:
        """The text that every name of this form begins with."""
        return self.parts[0] if self.parts and isinstance(self.parts[0], str) else ""

    def taken_apart(self, name: str) -> dict[str, str] | None:
        """What fills each hole, by the hole's name, where the name has this form."""
        if len(name) > MAX_NAME:
            return None
        found = _regex(self).fullmatch(name)
        if found is None:
            return None
        holes = (part for part in self.parts if isinstance(part, Hole))
        filled: dict[str, str] = {}
        for hole, text in zip(holes, found.groups(), strict=True):
            if filled.setdefault(hole.name, text) != text:
                return None
        return filled

    def filled(self, values: Mapping[str, tuple[str, ...]]) -> Iterator[Form]:
        """The form for every combination of these values of its holes; as it is where they are too many."""
        names = [part.name for part in self.parts if isinstance(part, Hole) and part.name in values]
        names = list(dict.fromkeys(names))
        count = 1
        for name in names:
            count *= len(values[name])
        if count > MOST:
            yield self
            return
        for chosen in product(*(values[name] for name in names)):
            known = dict(zip(names, chosen, strict=True))
            yield joined(
                known.get(part.name, part) if isinstance(part, Hole) else part for part in self.parts
            )


@lru_cache(maxsize=256)
def template(text: str) -> Form:
    """The form of a provider's subject template, `repo:{repository}:ref:{ref}`."""
    parts: list[str | Hole] = []
    for position, part in enumerate(_VARIABLE.split(text)):
        parts.append(Hole(part, (), _LETTERS.get(part, ".+")) if position % 2 else part)
    return joined(parts)


@lru_cache(maxsize=1024)
def _regex(form: Form) -> re.Pattern[str]:
    parts = (re.escape(part) if isinstance(part, str) else f"({part.letters})" for part in form.parts)
    return re.compile("".join(parts), re.DOTALL)


def hole(where: Place) -> Hole:
    """What this claim fills."""
    return Hole(".".join(where), where, _ADDRESS if where == ("email",) else ".+?")


def joined(parts: Iterable[str | Hole]) -> Form:
    """The form of these parts; texts that stand beside each other become one."""
    found: list[str | Hole] = []
    for part in parts:
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        elif part:
            found.append(part)
    return Form(tuple(found))
