"""CEL's string functions over terms."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from kube_oidc.proof import regex
from kube_oidc.proof.terms import (
    FALSE,
    TRUE,
    Script,
    Term,
    and_,
    apply,
    at_least,
    boolean,
    concat,
    equal,
    implies,
    integer,
    ite,
    not_,
    or_,
    string,
)
from kube_oidc.proof.values import BOOL, INT, LIST, STRING, ListValue, Value, guard_of, of, term_of
from kube_oidc.verdict.versions import Difference, KubernetesVersion

_SPACES: Final = ((9, 13), (32, 32), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000))  # fmt: skip  # noqa: E501
PARTS: Final = 6  # of a split text that are known one by one
_MAX_GROWTH: Final = 1_000  # times that replacements may make a text longer
_ASSUMED_LENGTH: Final = 10  # of a replacement that isn't constant
_EMPTY: Final = string("")
_ALL_OF_THEM: Final = integer(-1)
_START: Final = integer(0)
_TRUE_TEXTS: Final = ("1", "t", "T", "TRUE", "true", "True")
_FALSE_TEXTS: Final = ("0", "f", "F", "FALSE", "false", "False")


class Inexpressible(Exception):
    """The function can't be expressed for these arguments."""


def length(text: Term) -> Term:
    """The number of code points."""
    return integer(len(text.value)) if isinstance(text.value, str) else apply("Int", "str.len", text)


def contains(text: Term, part: Term) -> Term:
    """`contains`."""
    if isinstance(text.value, str) and isinstance(part.value, str):
        return boolean(part.value in text.value)
    return TRUE if part.value == "" else apply("Bool", "str.contains", text, part)


def starts_with(text: Term, part: Term) -> Term:
    """`startsWith`."""
    if isinstance(text.value, str) and isinstance(part.value, str):
        return boolean(text.value.startswith(part.value))
    return TRUE if part.value == "" else apply("Bool", "str.prefixof", part, text)


def ends_with(text: Term, part: Term) -> Term:
    """`endsWith`."""
    if isinstance(text.value, str) and isinstance(part.value, str):
        return boolean(text.value.endswith(part.value))
    return TRUE if part.value == "" else apply("Bool", "str.suffixof", part, text)


def is_part(part: Term, text: Term, separator: Term) -> Term:
    """Whether `part` is one of the parts of `text`, split at a separator of one character."""
    inside = contains(concat(separator, text, separator), concat(separator, part, separator))
    return and_(inside, not_(contains(part, separator)))


class Strings:
    """The functions; some add variables and their definitions to the script."""

    def __init__(self, script: Script, version: KubernetesVersion) -> None:
        self.script = script
        self.version = version
        self._growth = 1

    def replace(self, text: Term, old: Term, new: Term, count: Term = _ALL_OF_THEM) -> Value:
        """`replace`."""
        if old.value is None or old.value == "" or not isinstance(count.value, int):
            raise Inexpressible
        if count.value == 0:
            return of(STRING, text)
        if count.value > 1:
            raise Inexpressible
        self._grow(old, new)
        function = "str.replace" if count.value == 1 else "str.replace_all"
        replaced = self.script.named(apply("String", function, text, old, new))
        is_character = len(str(old.value)) == 1 and isinstance(new.value, str)
        if count.value != 1 and is_character and str(old.value) not in str(new.value):
            self.script.require(not_(contains(replaced, old)))  # follows, and helps the solver
        if new.value == "":
            self.script.exact.append(equal(text, concat(old, replaced)))  # a prefix that is removed
        return of(STRING, replaced)

    def _grow(self, old: Term, new: Term) -> None:
        """Counts how much longer texts get, as the solver makes them, without counting that as steps."""
        longest = len(str(new.value)) if new.value is not None else _ASSUMED_LENGTH
        self._growth *= max(1, longest // len(str(old.value)))
        if self._growth > _MAX_GROWTH:
            raise Inexpressible

    def in_case(self, function: str, text: Term) -> Value:
        """`lowerAscii` and `upperAscii`. It is simplest if the text has that case already."""
        changed = self.script.named(apply("String", function, text))
        self.script.exact.append(equal(changed, text))
        return of(STRING, changed)

    def trim(self, text: Term) -> Value:
        """`trim`."""
        spaces = regex.characters(_SPACES)
        left, middle, right = (self.script.fresh("String", "trim") for _ in range(3))
        self.script.require(equal(text, concat(left, middle, right)))
        for side in (left, right):
            self.script.require(regex.in_language(side, f"(re.* {spaces})"))
        for language in (f"(re.++ {spaces} re.all)", f"(re.++ re.all {spaces})"):
            self.script.require(not_(regex.in_language(middle, language)))
        self.script.require(implies(equal(middle, _EMPTY), equal(right, _EMPTY)))
        return of(STRING, middle)

    def split(self, text: Term, separator: Term, parts: int = PARTS) -> Value:
        """`split` with a constant separator."""
        if not isinstance(separator.value, str) or not separator.value:
            raise Inexpressible
        return of(LIST, self._split(text, separator.value, parts))

    def _split(self, text: Term, separator: str, parts: int) -> ListValue:
        script, elements, rest, guard = self.script, [], text, TRUE
        for _ in range(parts):
            part, following = script.fresh("String", "part"), script.fresh("String", "rest")
            another = self._not_last(part, rest, following, separator)
            elements.append((guard, of(STRING, part)))
            rest, guard = following, script.named(and_(guard, another))
        more = script.fresh("Int", "more")
        script.require(at_least(more, ite(guard, integer(1), integer(0))))
        script.require(implies(not_(guard), equal(more, integer(0))))
        script.exact.append(equal(more, integer(0)))
        return ListValue(tuple(elements), more, string_slice=TRUE, in_order=True)

    def _not_last(self, part: Term, rest: Term, following: Term, separator: str) -> Term:
        """Defines `part` as `rest` up to the separator and `following` as what comes after; whether there is one."""
        another = contains(rest, string(separator))
        self.script.require(
            ite(another, equal(rest, concat(part, string(separator), following)), equal(part, rest))
        )
        earlier = contains(concat(part, string(separator[:-1])), string(separator))
        self.script.require(implies(another, not_(earlier)))
        return another

    def join(self, values: ListValue, separator: Term = _EMPTY) -> Value:
        """`join` of the elements that are known."""
        text, begun, fine = _EMPTY, FALSE, TRUE
        for guard, value in values.elements:
            item = term_of(value, STRING, _EMPTY)
            fine = and_(fine, implies(guard, guard_of(value, STRING)))
            piece = concat(ite(begun, separator, _EMPTY), item)
            text = concat(text, ite(guard, piece, _EMPTY))
            begun = or_(begun, guard)
        return of(STRING, text, fine)

    def substring(self, text: Term, start: Term, end: Term | None = None) -> Value:
        """`substring`."""
        size = length(text)
        stop = size if end is None else end
        fine = and_(at_least(start, integer(0)), at_least(stop, start), at_least(size, stop))
        return of(STRING, apply("String", "str.substr", text, start, _minus(stop, start)), fine)

    def char_at(self, text: Term, index: Term) -> Value:
        """`charAt`."""
        fine = and_(at_least(index, integer(0)), at_least(length(text), index))
        return of(STRING, apply("String", "str.at", text, index), fine)

    def index_of(self, text: Term, part: Term, offset: Term = _START) -> Value:
        """`indexOf`."""
        if not part.value or not isinstance(offset.value, int):
            raise Inexpressible
        fine = boolean(offset.value >= 0)
        if not self.version.has(Difference.STRING_SEARCH_FROM_ANY_OFFSET):
            fine = and_(fine, not_(at_least(offset, length(text))))
        return of(INT, apply("Int", "str.indexof", text, part, offset), fine)

    def last_index_of(self, text: Term, part: Term) -> Value:
        """`lastIndexOf` of a constant."""
        if not isinstance(part.value, str) or not part.value:
            raise Inexpressible
        left, right = (self.script.fresh("String", "last") for _ in range(2))
        found = contains(text, part)
        self.script.require(implies(found, equal(text, concat(left, part, right))))
        self.script.require(not_(contains(concat(string(part.value[1:]), right), part)))
        empty_fails = not self.version.has(Difference.LAST_INDEX_OF_LONGER_TEXT)
        fine = not_(equal(text, _EMPTY)) if empty_fails else TRUE
        return of(INT, ite(found, length(left), integer(-1)), fine)

    def format(self, text: Term, values: ListValue) -> Value:
        """`format` with `%s` for texts only."""
        if not isinstance(text.value, str) or values.more.value != 0:
            raise Inexpressible
        pieces = re.split("(%%|%s)", text.value)
        items = list(values.elements)
        if any("%" in piece for piece in pieces[::2]) or pieces.count("%s") != len(items):
            raise Inexpressible
        built: list[Term] = []
        for piece in pieces:
            if piece != "%s":
                built.append(string("%" if piece == "%%" else piece))
                continue
            guard, value = items.pop(0)
            if guard.value is not True or set(value) != {STRING} or value[STRING][0].value is not True:
                raise Inexpressible
            built.append(term_of(value, STRING, _EMPTY))
        return of(STRING, concat(*built))

    def to_int(self, text: Term) -> Value:
        """`int(text)`."""
        digits, sign = apply("Int", "str.to_int", text), regex.whole("-[0-9]{1,18}")
        rest = apply("String", "str.substr", text, integer(1), length(text))
        positive, negative = (
            regex.in_language(text, regex.whole("[0-9]{1,18}")),
            regex.in_language(text, sign),
        )
        other = regex.in_language(text, regex.whole("[+-]?[0-9]+"))
        value = ite(positive, digits, Term("Int", f"(- (str.to_int {rest}))"))
        unusual = self.script.fresh("Int", "int")
        number = ite(and_(not_(positive), not_(negative)), unusual, value)
        fails = self.script.fresh("Bool", "fails")
        return of(INT, number, or_(positive, negative, and_(other, not_(fails))))


def _minus(left: Term, right: Term) -> Term:
    return left if right.value == 0 else apply("Int", "-", left, right)


def _to_bool(text: Term) -> Value:
    yes, no = (
        regex.in_language(text, regex.union([regex.literal(each) for each in texts]))
        for texts in (_TRUE_TEXTS, _FALSE_TEXTS)
    )
    return of(BOOL, yes, or_(yes, no))


Function = Callable[..., Value]


def functions(script: Script, version: KubernetesVersion) -> dict[str, tuple[tuple[str, ...], Function]]:
    """CEL's overloads by id, with the kinds of their arguments."""
    strings, text = Strings(script, version), STRING
    found: dict[str, tuple[Sequence[str], Function]] = {
        "contains_string": ((text, text), lambda a, b: of(BOOL, contains(a, b))),
        "starts_with_string": ((text, text), lambda a, b: of(BOOL, starts_with(a, b))),
        "ends_with_string": ((text, text), lambda a, b: of(BOOL, ends_with(a, b))),
        "string_lower_ascii": ((text,), partial(strings.in_case, "str.to_lower")),
        "string_upper_ascii": ((text,), partial(strings.in_case, "str.to_upper")),
        "string_trim": ((text,), strings.trim),
        "string_replace_string_string": ((text, text, text), strings.replace),
        "string_replace_string_string_int": ((text, text, text, INT), strings.replace),
        "string_split_string": ((text, text), strings.split),
        "list_join": ((LIST,), strings.join),
        "list_join_string": ((LIST, text), strings.join),
        "string_substring_int": ((text, INT), strings.substring),
        "string_substring_int_int": ((text, INT, INT), strings.substring),
        "string_char_at_int": ((text, INT), strings.char_at),
        "string_index_of_string": ((text, text), strings.index_of),
        "string_index_of_string_int": ((text, text, INT), strings.index_of),
        "string_last_index_of_string": ((text, text), strings.last_index_of),
        "string_format": ((text, LIST), strings.format),
        "string_to_int64": ((text,), strings.to_int),
        "string_to_bool": ((text,), _to_bool),
    }
    return {name: (tuple(kinds), function) for name, (kinds, function) in found.items()}
