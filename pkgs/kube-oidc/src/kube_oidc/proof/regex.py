"""Regular expressions (RE2) as SMT-LIB regular languages."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from kube_oidc.proof.terms import FALSE, MAX_CODE_POINT, Term, apply, boolean, string
from kube_oidc.verdict.golang.regexp import RegexpError, UnsupportedRegexpError, compile_regexp
from kube_oidc.verdict.golang.regexp.parser import parse
from kube_oidc.verdict.golang.regexp.syntax import Assertion, Characters, Choice, Node, Repetition, Sequence

ALL: Final = "re.all"
NONE: Final = "re.none"
EPSILON: Final = '(str.to_re "")'
_MAX_COPIES: Final = 200  # of counted repetitions
_MAX_LENGTH: Final = 20_000  # characters of one translated pattern


class BeyondRegularError(Exception):
    """The pattern has a part that is not translated; the message names it."""


def matches(text: Term, pattern: str) -> Term:
    """Whether `text` matches somewhere; raises BeyondRegularError. Source: RE2's semantics as Go has them."""
    if isinstance(text.value, str):
        return boolean(compile_regexp(pattern).matches(text.value))
    language = searched(pattern)
    return in_language(text, language)


def in_language(text: Term, language: str) -> Term:
    """`str.in_re`."""
    if language == ALL:
        return boolean(True)
    return FALSE if language == NONE else apply("Bool", "str.in_re", text, Term("RegLan", language))


@lru_cache(maxsize=1024)
def searched(pattern: str) -> str:
    """The language of the texts in which the pattern matches somewhere."""
    node = _parsed(pattern)
    return _bounded(_joined([_padded(each) for each in _alternatives(node)], "re.union", NONE))


@lru_cache(maxsize=1024)
def whole(pattern: str) -> str:
    """The language of the texts that the pattern matches from start to end."""
    return searched(f"\\A(?:{pattern})\\z")


def _bounded(language: str) -> str:
    if len(language) > _MAX_LENGTH:
        raise BeyondRegularError("a pattern of this size")
    return language


def _parsed(pattern: str) -> Node:
    try:
        return parse(pattern)
    except (RegexpError, UnsupportedRegexpError) as error:
        raise BeyondRegularError(str(error)) from None


def _alternatives(node: Node) -> list[list[Node]]:
    """The pattern as alternatives, each a flat list of parts, so that anchors are at their ends."""
    match node:
        case Choice(options):
            return [each for option in options for each in _alternatives(option)]
        case Sequence(parts):
            found: list[list[Node]] = [[]]
            for part in parts:
                ahead = _alternatives(part) if _has_assertion(part) else [[part]]
                found = [before + after for before in found for after in ahead]
                if len(found) > _MAX_COPIES:
                    raise BeyondRegularError("a pattern with this many anchors")
            return found
    return [[node]]


def _has_assertion(node: Node) -> bool:
    match node:
        case Assertion():
            return True
        case Sequence(parts) | Choice(parts):
            return any(_has_assertion(part) for part in parts)
        case Repetition(part):
            return _has_assertion(part)
    return False


_BEGIN: Final = (Assertion.BEGIN_TEXT, Assertion.BEGIN_LINE)
_END: Final = (Assertion.END_TEXT, Assertion.END_LINE)
_LINE_BEFORE: Final = '(re.union (str.to_re "") (re.++ re.all (str.to_re "\\u{a}")))'
_LINE_AFTER: Final = '(re.union (str.to_re "") (re.++ (str.to_re "\\u{a}") re.all))'


def _padded(parts: list[Node]) -> str:
    """The texts that contain these parts in a row, with anchors at the start and the end."""
    before, after = ALL, ALL
    while parts and parts[0] in _BEGIN:
        before = EPSILON if parts[0] is Assertion.BEGIN_TEXT or before == EPSILON else _LINE_BEFORE
        parts = parts[1:]
    while parts and parts[-1] in _END:
        after = EPSILON if parts[-1] is Assertion.END_TEXT or after == EPSILON else _LINE_AFTER
        parts = parts[:-1]
    if any(_has_assertion(part) for part in parts):
        return _with_inner_anchors(parts)
    return _joined([before, *_merged(tuple(parts)), after], "re.++", EPSILON)


def _with_inner_anchors(parts: list[Node]) -> str:
    """`a$b` or `\\Aa` in the middle matches nothing if something must be read on the wrong side of the anchor."""
    for position, part in enumerate(parts):
        if part is Assertion.BEGIN_TEXT and any(_reads(each) for each in parts[:position]):
            return NONE
        if part is Assertion.END_TEXT and any(_reads(each) for each in parts[position + 1 :]):
            return NONE
    raise BeyondRegularError("an anchor or a word boundary inside a pattern")


def _reads(node: Node) -> bool:
    """Whether the node matches at least one character."""
    match node:
        case Characters():
            return True
        case Assertion():
            return False
        case Sequence(parts):
            return any(_reads(part) for part in parts)
        case Choice(options):
            return all(_reads(option) for option in options)
        case Repetition(part, least):
            return least > 0 and _reads(part)


def _language(node: Node) -> str:
    match node:
        case Characters(ranges):
            return _characters(ranges)
        case Sequence(parts):
            return _joined(_merged(parts), "re.++", EPSILON)
        case Choice(options):
            return _joined([_language(option) for option in options], "re.union", NONE)
        case Repetition(part, least, most):
            return _repeated(_language(part), least, most)
    raise BeyondRegularError("an anchor or a word boundary inside a pattern")


def _merged(parts: tuple[Node, ...]) -> list[str]:
    """The parts' languages, with neighbouring single characters as one text."""
    found: list[str] = []
    text = ""
    for part in parts:
        match part:
            case Characters(((low, high),)) if low == high <= MAX_CODE_POINT:
                text += chr(low)
                continue
        if text:
            found.append(literal(text))
            text = ""
        found.append(_language(part))
    return [*found, literal(text)] if text else found


def literal(text: str) -> str:
    """The language of one text."""
    return f"(str.to_re {string(text).text})"


def _repeated(language: str, least: int, most: int | None) -> str:
    if max(least, most or 0) > _MAX_COPIES:
        raise BeyondRegularError("a pattern with this many repetitions")
    if most is None:
        if least < 2:
            return f"({'re.+' if least else 're.*'} {language})"
        return f"(re.++ ((_ re.^ {least}) {language}) (re.* {language}))"
    return f"(re.opt {language})" if (least, most) == (0, 1) else f"((_ re.loop {least} {most}) {language})"


def union(languages: list[str]) -> str:
    """The texts that are in one of these languages."""
    return _joined(languages, "re.union", NONE)


def characters(ranges: tuple[tuple[int, int], ...]) -> str:
    """The language of single characters in these ranges of code points."""
    return _characters(ranges)


def _characters(ranges: tuple[tuple[int, int], ...]) -> str:
    if ranges == ((0, 0x10FFFF),):
        return "re.allchar"
    kept = [(low, min(high, MAX_CODE_POINT)) for low, high in ranges if low <= MAX_CODE_POINT]
    return _joined(
        [
            literal(chr(low)) if low == high else f"(re.range {string(chr(low))} {string(chr(high))})"
            for low, high in kept
        ],
        "re.union",
        NONE,
    )


def _joined(parts: list[str], function: str, empty: str) -> str:
    if function == "re.++":
        parts = [part for part in parts if part != EPSILON]
    if not parts:
        return empty
    return parts[0] if len(parts) == 1 else f"({function} {' '.join(parts)})"


def before(constant: str, *, inclusive: bool) -> str:
    """The language of the texts that sort before a constant by code points."""
    options = [literal(constant[:end]) for end in range(len(constant))]
    options += [
        _beside(constant, position, 0, ord(constant[position]) - 1) for position in range(len(constant))
    ]
    return union([*options, literal(constant)] if inclusive else options)


def after(constant: str, *, inclusive: bool) -> str:
    """The language of the texts that sort after a constant by code points."""
    options = [f"(re.++ {literal(constant)} {'re.all' if inclusive else '(re.+ re.allchar)'})"]
    options += [_beside(constant, at, ord(constant[at]) + 1, MAX_CODE_POINT) for at in range(len(constant))]
    return union(options)


def _beside(constant: str, position: int, low: int, high: int) -> str:
    """The texts that differ from the constant first at this position, in a character of this range."""
    if low > high:
        return NONE
    return _joined([literal(constant[:position]), _characters(((low, high),)), ALL], "re.++", EPSILON)
