"""The forms of a name that a mapping makes: text, and holes that a claim fills."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final

from kube_oidc.cel.syntax import Call, Comprehension, Ident, ListLiteral, Literal, Node
from kube_oidc.findings.expressions import place
from kube_oidc.findings.facts import Place
from kube_oidc.findings.subject import Entry

MAX_NAME: Final = 2_000  # characters of a name that is taken apart
_MOST: Final = 16
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
        if count > _MOST:
            yield self
            return
        for chosen in product(*(values[name] for name in names)):
            known = dict(zip(names, chosen, strict=True))
            yield _joined(
                known.get(part.name, part) if isinstance(part, Hole) else part for part in self.parts
            )


def forms_of(entry: Entry, mapping: str) -> tuple[Form, ...]:
    """The forms of the names that `username` or `groups` makes; a hole without a place where it is not plain."""
    model = getattr(entry.model.claim_mappings, mapping)
    if model.claim:
        return (_joined((model.prefix or "", _hole((model.claim,)))),)
    read = entry.mappings.get(mapping)
    if read is None:
        return ()
    return tuple(form for parts in _parts(read.facts.tree, {}) if (form := _joined(parts)).parts)


@lru_cache(maxsize=256)
def template(text: str) -> Form:
    """The form of a provider's subject template, `repo:{repository}:ref:{ref}`."""
    parts: list[str | Hole] = []
    for position, part in enumerate(_VARIABLE.split(text)):
        parts.append(Hole(part, (), _LETTERS.get(part, ".+")) if position % 2 else part)
    return _joined(parts)


@lru_cache(maxsize=1024)
def _regex(form: Form) -> re.Pattern[str]:
    parts = (re.escape(part) if isinstance(part, str) else f"({part.letters})" for part in form.parts)
    return re.compile("".join(parts), re.DOTALL)


def _hole(where: Place) -> Hole:
    return Hole(".".join(where), where, _ADDRESS if where == ("email",) else ".+?")


def _joined(parts: Iterator[str | Hole] | tuple[str | Hole, ...] | list[str | Hole]) -> Form:
    joined: list[str | Hole] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part:
            joined.append(part)
    return Form(tuple(joined))


Parts = tuple[str | Hole, ...]


def _parts(node: Node, variables: Mapping[str, Place]) -> Iterator[Parts]:
    """The ways in which the expression makes a string, or a list of them."""
    match node:
        case Literal(value=str(text)):
            yield (text,)
        case Ident(name=name) if name in variables:
            yield (_hole(variables[name]),)
        case Call(function="_+_", target=None, arguments=[left, right]):
            yield from _sums(left, right, variables)
        case Call(function="_?_:_", target=None, arguments=[_, yes, no]):
            yield from _parts(yes, variables)
            yield from _parts(no, variables)
        case ListLiteral(elements=elements):
            for element in elements:
                yield from _parts(element, variables)
        case Comprehension(range=over, variable=variable, step=step):
            where = place(over)
            yield from _mapped(step, {**variables, variable: where} if where else variables)
        case Call(function="string" | "dyn", target=None, arguments=[operand]):
            yield from _parts(operand, variables)
        case _:
            where = place(node)
            yield (_hole(where),) if where else (Hole("…"),)


def _sums(left: Node, right: Node, variables: Mapping[str, Place]) -> Iterator[Parts]:
    """Strings joined; of two lists, what is in either."""
    lists = (ListLiteral, Comprehension)
    if isinstance(left, lists) or isinstance(right, lists):
        yield from _parts(left, variables)
        yield from _parts(right, variables)
        return
    for count, (one, other) in enumerate(product(_parts(left, variables), _parts(right, variables))):
        if count >= _MOST:
            return
        yield (*one, *other)


def _mapped(step: Node, variables: Mapping[str, Place]) -> Iterator[Parts]:
    """What a `map` or `filter` adds to its list: `accumulator + [element]`, perhaps under a condition."""
    match step:
        case Call(function="_?_:_", target=None, arguments=[_, yes, _]):
            yield from _mapped(yes, variables)
        case Call(function="_+_", target=None, arguments=[_, ListLiteral(elements=[element])]):
            yield from _parts(element, variables)
        case _:
            yield (Hole("…"),)
