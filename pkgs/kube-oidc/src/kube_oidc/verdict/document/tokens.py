"""The tokens between scanner and parser, and the characters that delimit them."""

from __future__ import annotations

from typing import Final, NamedTuple, NoReturn

from kube_oidc.diagnostics import Location
from kube_oidc.verdict.document.characters import BROKEN, END
from kube_oidc.verdict.document.node import SyntaxProblem

BREAKS: Final = "\r\n\x85\u2028\u2029"
BLANKS: Final = " \t"
BLANK_OR_END: Final = frozenset(BLANKS + BREAKS + END)
BREAK_OR_END: Final = frozenset(BREAKS + END)
STOPS: Final = BREAKS + END + BROKEN  # for character classes: the end of a line or of the input

STREAM_END: Final = "stream-end"
VERSION: Final = "version-directive"
TAG_DIRECTIVE: Final = "tag-directive"
DOCUMENT_START: Final = "document-start"
DOCUMENT_END: Final = "document-end"
BLOCK_SEQUENCE_START: Final = "block-sequence-start"
BLOCK_MAPPING_START: Final = "block-mapping-start"
BLOCK_END: Final = "block-end"
FLOW_SEQUENCE_START: Final = "["
FLOW_SEQUENCE_END: Final = "]"
FLOW_MAPPING_START: Final = "{"
FLOW_MAPPING_END: Final = "}"
BLOCK_ENTRY: Final = "-"
FLOW_ENTRY: Final = ","
KEY: Final = "?"
VALUE: Final = ":"
ALIAS: Final = "*"
ANCHOR: Final = "&"
TAG: Final = "!"
SCALAR: Final = "scalar"


class Token(NamedTuple):
    """`value` is a scalar's text, a name or a tag's handle; `more` is a tag's suffix, or whether a scalar is plain.

    `line` and `column` count from 0, like the API server's.
    """

    kind: str
    line: int
    column: int
    value: str = ""
    more: str = ""


PLAIN: Final = "plain"


def fail(message: str, line: int, column: int, *, scanning: bool) -> NoReturn:
    """A SyntaxProblem with the API server's message and its line: parser errors name the previous line."""
    number = line + scanning
    where = f"line {number}: " if line else ""
    raise SyntaxProblem(f"yaml: {where}{message}", Location(line + 1, column + 1))
