"""SMT-LIB terms, simplified as they are built, and the script that declares what they mention."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

MAX_CODE_POINT: Final = 0x2FFFF  # of a character in an SMT-LIB string
_LONG: Final = 60  # characters; longer terms get a name, so that sharing keeps the script small


@dataclass(frozen=True, slots=True)
class Term:
    """A term of sort Bool, Int, Real, String or RegLan; `value` is set if it is a constant."""

    sort: str
    text: str
    value: object = None

    @property
    def is_constant(self) -> bool:
        """Whether the term is a literal of the language."""
        return self.value is not None

    def __str__(self) -> str:
        return self.text


TRUE: Final = Term("Bool", "true", True)
FALSE: Final = Term("Bool", "false", False)


def boolean(value: bool) -> Term:
    """A constant of sort Bool."""
    return TRUE if value else FALSE


def integer(value: int) -> Term:
    """A constant of sort Int."""
    return Term("Int", str(value) if value >= 0 else f"(- {-value})", value)


def string(text: str) -> Term:
    """A constant of sort String; raises ValueError for characters that SMT-LIB strings lack."""
    parts = []
    for character in text:
        code = ord(character)
        if code > MAX_CODE_POINT:
            raise ValueError(f"U+{code:X} is beyond SMT-LIB's characters")
        if character == '"':
            parts.append('""')
        elif 0x20 <= code <= 0x7E and character != "\\":
            parts.append(character)
        else:
            parts.append(f"\\u{{{code:x}}}")
    return Term("String", f'"{"".join(parts)}"', text)


def apply(sort: str, function: str, *arguments: Term) -> Term:
    """`(function arguments…)`, without any simplification."""
    return Term(sort, f"({function} {' '.join(argument.text for argument in arguments)})")


def not_(term: Term) -> Term:
    """`not`."""
    if term.is_constant:
        return boolean(not term.value)
    if term.text.startswith("(not "):
        return Term("Bool", term.text[5:-1])
    return apply("Bool", "not", term)


def and_(*terms: Term) -> Term:
    """`and`."""
    return _joined("and", terms, TRUE, FALSE)


def or_(*terms: Term) -> Term:
    """`or`."""
    return _joined("or", terms, FALSE, TRUE)


def _joined(function: str, terms: tuple[Term, ...], neutral: Term, decisive: Term) -> Term:
    kept: dict[str, Term] = {}
    for term in terms:
        if term.value is decisive.value:
            return decisive
        if term.value is not neutral.value:
            kept[term.text] = term
    if not kept:
        return neutral
    if any(not_(term).text in kept for term in kept.values()):
        return decisive
    return next(iter(kept.values())) if len(kept) == 1 else apply("Bool", function, *kept.values())


def implies(condition: Term, term: Term) -> Term:
    """`=>`."""
    return or_(not_(condition), term)


def ite(condition: Term, yes: Term, no: Term) -> Term:
    """`ite`."""
    if condition.is_constant:
        return yes if condition.value else no
    if yes.text == no.text:
        return yes
    if yes.sort == "Bool" and (yes.is_constant or no.is_constant):
        return and_(or_(not_(condition), yes), or_(condition, no))
    return apply(yes.sort, "ite", condition, yes, no)


def equal(left: Term, right: Term) -> Term:
    """`=`."""
    if left.text == right.text:
        return TRUE
    if left.is_constant and right.is_constant and left.sort == right.sort:
        return boolean(left.value == right.value)
    if left.sort == "Bool" and (left.is_constant or right.is_constant):
        constant, other = (left, right) if left.is_constant else (right, left)
        return other if constant.value else not_(other)
    return apply("Bool", "=", left, right)


def concat(*terms: Term) -> Term:
    """`str.++`, with adjacent constants merged."""
    parts: list[Term] = []
    for term in terms:
        if term.value == "" and term.sort == "String":
            continue
        if parts and parts[-1].is_constant and term.is_constant:
            parts[-1] = string(str(parts[-1].value) + str(term.value))
        else:
            parts.append(term)
    if not parts:
        return string("")
    return parts[0] if len(parts) == 1 else apply("String", "str.++", *parts)


def add(*terms: Term) -> Term:
    """`+` over Int."""
    constant = sum(term.value for term in terms if isinstance(term.value, int))
    rest = [term for term in terms if not term.is_constant]
    if not rest:
        return integer(constant)
    parts = [*rest, integer(constant)] if constant else rest
    return parts[0] if len(parts) == 1 else apply("Int", "+", *parts)


def at_least(left: Term, right: Term) -> Term:
    """`>=` over Int or Real."""
    if isinstance(left.value, int | float) and isinstance(right.value, int | float):
        return boolean(left.value >= right.value)
    return apply("Bool", ">=", left, right)


def less(left: Term, right: Term) -> Term:
    """`<` over Int or Real."""
    return not_(at_least(left, right))


@dataclass(slots=True)
class Script:
    """Declarations and assertions in order; every name is unique in the script."""

    lines: list[str] = field(default_factory=list)
    exact: list[Term] = field(default_factory=list)
    """If these hold, nothing is left unknown where it can be avoided; a first attempt assumes them."""
    _named: dict[str, Term] = field(default_factory=dict)
    _count: int = 0

    def fresh(self, sort: str, hint: str = "v") -> Term:
        """A new variable."""
        self._count += 1
        name = f"{hint}{self._count}"
        self.lines.append(f"(declare-const {name} {sort})")
        return Term(sort, name)

    def named(self, term: Term) -> Term:
        """The term, or a name for it if it is long."""
        if len(term.text) <= _LONG or term.is_constant:
            return term
        known = self._named.get(term.text)
        if known is None:
            self._count += 1
            known = Term(term.sort, f"t{self._count}")
            self.lines.append(f"(define-fun {known.text} () {term.sort} {term.text})")
            self._named[term.text] = known
        return known

    def require(self, term: Term) -> None:
        """Asserts a term of sort Bool."""
        if term.value is not True:
            self.lines.append(f"(assert {term.text})")
