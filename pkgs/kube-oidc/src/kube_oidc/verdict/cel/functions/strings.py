"""The extended string functions (cel-go's `ext/strings.go`, version 2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from kube_oidc.verdict.cel.format_values import format_string
from kube_oidc.verdict.cel.functions import Changed
from kube_oidc.verdict.cel.goprint import printed
from kube_oidc.verdict.cel.values import CelError, StringList
from kube_oidc.verdict.undecidable import Undecidable
from kube_oidc.verdict.versions import Difference

_MAX_CHARACTERS: Final = 1 << 26  # characters; in the API server, only memory limits the result of replace()
_SPACE: Final = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"  # noqa: E501
_LOWER: Final = {code: code + 32 for code in range(65, 91)}
_UPPER: Final = {code: code - 32 for code in range(97, 123)}
_QUOTED: Final = str.maketrans(
    {
        "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v",
        "\\": "\\\\", '"': '\\"',
    }
)  # fmt: skip


def _out_of_range(index: int) -> CelError:
    return CelError(f"index out of range: {index}")


def _char_at(text: str, index: int) -> str:
    if not 0 <= index <= len(text):
        raise _out_of_range(index)
    return text[index : index + 1]


def _index_of(text: str, part: str, offset: int = 0) -> int:
    if offset < 0:
        raise _out_of_range(offset)
    return text.find(part, offset) if part else min(offset, len(text))


def _last_index_of(text: str, part: str) -> int:
    if not part:
        return len(text)
    if len(text.encode("utf-8", "surrogatepass")) < len(part.encode("utf-8", "surrogatepass")):
        return -1
    return _last_index_of_from(text, part, len(text) - 1)


def _last_index_of_from(text: str, part: str, offset: int) -> int:
    if offset < 0:
        raise _out_of_range(offset)
    if not part:
        return min(offset, len(text))
    if offset >= len(text) or len(part) > len(text):
        return -1
    return text.rfind(part, 0, min(offset, len(text) - len(part)) + len(part))


def _replace(text: str, old: str, new: str, count: int = -1) -> str:
    found = text.count(old)
    times = found if count < 0 else min(found, count)
    _within_memory(len(text) + times * (len(new) - len(old)))
    return text.replace(old, new, times)


def _within_memory(length: int) -> None:
    if length > _MAX_CHARACTERS:
        raise Undecidable(f"a text of {length} characters")


def _split(text: str, separator: str, count: int = -1) -> StringList:
    if count == 0:
        return StringList()
    if not separator:
        parts = list(text)
        if 0 < count < len(parts):
            parts[count - 1 :] = ["".join(parts[count - 1 :])]
        return StringList(parts)
    return StringList(text.split(separator, count - 1 if count > 0 else -1))


def _substring(text: str, start: int) -> str:
    if not 0 <= start <= len(text):
        raise _out_of_range(start)
    return text[start:]


def _substring_range(text: str, start: int, end: int) -> str:
    if start > end:
        raise CelError(f"invalid substring range. start: {start}, end: {end}")
    for index in (start, end):
        if not 0 <= index <= len(text):
            raise _out_of_range(index)
    return text[start:end]


def _join(values: list[Any], separator: str = "") -> str:
    for value in values:
        if type(value) is not str:
            raise CelError(f"join: invalid input: {printed(value)}")
    _within_memory(sum(map(len, values)) + len(separator) * len(values))
    return separator.join(values)


def _last_index_of_any_text(text: str, part: str) -> int:
    return _last_index_of_from(text, part, len(text) - 1) if part else len(text)


def _last_index_of_within(text: str, part: str) -> int:
    return _last_index_of_from_within(text, part, len(text) - 1) if part else len(text)


def _index_of_unlimited(text: str, part: str, offset: int = 0) -> int:
    return _index_of(text, part, offset) if part else offset


def _last_index_of_from_unlimited(text: str, part: str, offset: int) -> int:
    return _last_index_of_from(text, part, offset) if part else offset


def _index_of_within(text: str, part: str, offset: int = 0) -> int:
    return _index_of(text, part, _within(text, offset)) if part else offset


def _last_index_of_from_within(text: str, part: str, offset: int) -> int:
    return _last_index_of_from(text, part, _within(text, offset)) if part else offset


def _within(text: str, offset: int) -> int:
    if not 0 <= offset < len(text):
        raise _out_of_range(offset)
    return offset


def _format_with_spaces(text: str, values: list[Any]) -> str:
    return format_string(text, values, times="\u202f×\u202f")


_ANY_OFFSET: Final = Difference.STRING_SEARCH_FROM_ANY_OFFSET
_LIMITED: Final = Difference.SEARCH_OFFSET_LIMITED
FUNCTIONS: Final[dict[str, Callable[..., Any] | Changed]] = {
    "string_char_at_int": _char_at,
    "string_index_of_string": Changed(_ANY_OFFSET, _index_of_within, _index_of),
    "string_index_of_string_int": Changed(
        _LIMITED, Changed(_ANY_OFFSET, _index_of_within, _index_of_unlimited), _index_of
    ),
    "string_last_index_of_string": Changed(
        Difference.LAST_INDEX_OF_LONGER_TEXT,
        Changed(_ANY_OFFSET, _last_index_of_within, _last_index_of_any_text),
        _last_index_of,
    ),
    "string_last_index_of_string_int": Changed(
        _LIMITED,
        Changed(_ANY_OFFSET, _last_index_of_from_within, _last_index_of_from_unlimited),
        _last_index_of_from,
    ),
    "string_lower_ascii": lambda text: text.translate(_LOWER),
    "string_upper_ascii": lambda text: text.translate(_UPPER),
    "string_replace_string_string": _replace,
    "string_replace_string_string_int": _replace,
    "string_split_string": _split,
    "string_split_string_int": _split,
    "string_substring_int": _substring,
    "string_substring_int_int": _substring_range,
    "string_trim": lambda text: text.strip(_SPACE),
    "list_join": _join,
    "list_join_string": _join,
    "string_format": Changed(Difference.EXPONENT_WITHOUT_SPACES, _format_with_spaces, format_string),
    "strings_quote": lambda text: f'"{text.translate(_QUOTED)}"',
}
