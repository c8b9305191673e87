"""Parses tokens into the graph of the first document. Source: `go.yaml.in/yaml/v2` (`parserc.go`, `decode.go`)."""

from __future__ import annotations

from typing import Final, NoReturn

from kube_oidc.diagnostics import Location
from kube_oidc.verdict.document import tokens as t
from kube_oidc.verdict.document.characters import characters
from kube_oidc.verdict.document.graph import MAPPING, SCALAR, SEQUENCE, Graph, Raw, alias
from kube_oidc.verdict.document.node import MAX_DEPTH, LimitExceeded, SyntaxProblem
from kube_oidc.verdict.document.scanner import Scanner
from kube_oidc.verdict.document.tokens import Token

_DIRECTIVES: Final = frozenset({t.VERSION, t.TAG_DIRECTIVE})
_BETWEEN: Final = _DIRECTIVES | {t.DOCUMENT_START, t.DOCUMENT_END, t.STREAM_END}
_EMPTY_IN_BLOCK: Final = frozenset({t.KEY, t.VALUE, t.BLOCK_END})
_EMPTY_WITHOUT_INDENT: Final = _EMPTY_IN_BLOCK | {t.BLOCK_ENTRY}
_EMPTY_IN_SEQUENCE: Final = frozenset({t.BLOCK_ENTRY, t.BLOCK_END})
_EMPTY_IN_FLOW: Final = {
    t.FLOW_SEQUENCE_END: frozenset({t.FLOW_ENTRY, t.FLOW_SEQUENCE_END}),
    t.FLOW_MAPPING_END: frozenset({t.FLOW_ENTRY, t.FLOW_MAPPING_END}),
}
_HANDLES: Final = {"!": "!", "!!": "tag:yaml.org,2002:"}


def parse(data: bytes) -> Graph:
    """The graph of a file; raises SyntaxProblem with the API server's message, LimitExceeded if nested too deep."""
    return _Parser(Scanner(characters(data))).document()


class _Parser:
    def __init__(self, scanner: Scanner) -> None:
        self.scanner = scanner
        self.anchors: dict[str, Raw] = {}
        self.handles: dict[str, str] = {}
        self.depth = 0

    def document(self) -> Graph:
        token = self.scanner.peek()
        if token.kind == t.STREAM_END:
            return Graph(None)
        if token.kind in _DIRECTIVES or token.kind == t.DOCUMENT_START:
            self._directives()
            token = self.scanner.peek()
            if token.kind != t.DOCUMENT_START:
                _fail("did not find expected <document start>", token)
            self.scanner.take()
            token = self.scanner.peek()
            root = _empty(token) if token.kind in _BETWEEN else self._node(block=True)
        else:
            self.handles = dict(_HANDLES)
            root = self._node(block=True)
        return Graph(root, self._second_document())

    def _second_document(self) -> Location | None:
        """Where a second document begins, or None; the API server reads only one token further."""
        place = _place(self.scanner.peek())
        try:
            while self.scanner.peek().kind == t.DOCUMENT_END:
                self.scanner.take()
            return None if self.scanner.peek().kind == t.STREAM_END else place
        except SyntaxProblem:
            return place

    def _directives(self) -> None:
        versions = 0
        while (token := self.scanner.peek()).kind in _DIRECTIVES:
            if token.kind == t.VERSION:
                if versions:
                    _fail("found duplicate %YAML directive", token)
                if token.value != "1.1":
                    _fail("found incompatible YAML document", token)
                versions += 1
            elif token.value in self.handles:
                _fail("found duplicate %TAG directive", token)
            else:
                self.handles[token.value] = token.more
            self.scanner.take()
        self.handles = _HANDLES | self.handles

    def _node(self, *, block: bool, indentless: bool = False) -> Raw:
        self.depth += 1
        if self.depth > MAX_DEPTH + 1:
            token = self.scanner.peek()
            raise LimitExceeded(f"nested deeper than {MAX_DEPTH} levels", _place(token))
        try:
            return self._content(block, indentless)
        finally:
            self.depth -= 1

    def _content(self, block: bool, indentless: bool) -> Raw:
        first = self.scanner.peek()
        if first.kind == t.ALIAS:
            self.scanner.take()
            return alias(first.value, _place(first), self.anchors)
        token, anchor, tag = first, None, ""
        if token.kind in (t.ANCHOR, t.TAG):
            anchor, tagged = self._properties()
            token = self.scanner.peek()
            tag = "" if tagged is None else self._tag(tagged)
        raw = Raw(SCALAR, _place(first), tag=tag)
        if anchor is not None:
            self.anchors[anchor] = raw
        if token.kind == t.SCALAR:
            self.scanner.take()
            raw.text = token.value
            raw.plain = tag == "!" or (not tag and token.more == t.PLAIN)
        elif indentless and token.kind == t.BLOCK_ENTRY:
            raw.kind = SEQUENCE
            self._indentless_sequence(raw)
        elif token.kind == t.FLOW_SEQUENCE_START:
            raw.kind = SEQUENCE
            self._flow_sequence(raw)
        elif token.kind == t.FLOW_MAPPING_START:
            raw.kind = MAPPING
            self._flow_mapping(raw)
        elif block and token.kind == t.BLOCK_SEQUENCE_START:
            raw.kind = SEQUENCE
            self._block_sequence(raw)
        elif block and token.kind == t.BLOCK_MAPPING_START:
            raw.kind = MAPPING
            self._block_mapping(raw)
        elif anchor is not None or tag:
            raw.plain = not tag
        else:
            _fail("did not find expected node content", token)
        return raw

    def _properties(self) -> tuple[str | None, Token | None]:
        """Reads an anchor and a tag, in either order."""
        anchor: str | None = None
        tag: Token | None = None
        while True:
            token = self.scanner.peek()
            if token.kind == t.ANCHOR and anchor is None:
                anchor = token.value
            elif token.kind == t.TAG and tag is None:
                tag = token
            else:
                return anchor, tag
            self.scanner.take()

    def _tag(self, token: Token) -> str:
        if not token.value:
            return token.more
        prefix = self.handles.get(token.value)
        if prefix is None:
            _fail("found undefined tag handle", token)
        return prefix + token.more

    def _indentless_sequence(self, raw: Raw) -> None:
        while self.scanner.peek().kind == t.BLOCK_ENTRY:
            self._entry(raw, _EMPTY_WITHOUT_INDENT)

    def _block_sequence(self, raw: Raw) -> None:
        self.scanner.take()
        while (token := self.scanner.peek()).kind == t.BLOCK_ENTRY:
            self._entry(raw, _EMPTY_IN_SEQUENCE)
        if token.kind != t.BLOCK_END:
            _fail("did not find expected '-' indicator", token)
        self.scanner.take()

    def _entry(self, raw: Raw, empty: frozenset[str]) -> None:
        mark = self.scanner.take()
        token = self.scanner.peek()
        raw.children.append(_behind(mark) if token.kind in empty else self._node(block=True))

    def _block_mapping(self, raw: Raw) -> None:
        self.scanner.take()
        while (token := self.scanner.peek()).kind == t.KEY:
            self._block_part(raw)
            self._block_value(raw)
        if token.kind != t.BLOCK_END:
            _fail("did not find expected key", token)
        self.scanner.take()

    def _block_value(self, raw: Raw) -> None:
        token = self.scanner.peek()
        if token.kind == t.VALUE:
            self._block_part(raw)
        else:
            raw.children.append(_empty(token))

    def _block_part(self, raw: Raw) -> None:
        """Reads a key after its `?`, or a value after its `:`."""
        mark = self.scanner.take()
        empty = self.scanner.peek().kind in _EMPTY_IN_BLOCK
        raw.children.append(_behind(mark) if empty else self._node(block=True, indentless=True))

    def _flow_sequence(self, raw: Raw) -> None:
        self.scanner.take()
        first = True
        while (token := self.scanner.peek()).kind != t.FLOW_SEQUENCE_END:
            if not first:
                if token.kind != t.FLOW_ENTRY:
                    _fail("did not find expected ',' or ']'", token)
                self.scanner.take()
                token = self.scanner.peek()
            first = False
            if token.kind == t.KEY:
                raw.children.append(self._pair(token))
            elif token.kind != t.FLOW_SEQUENCE_END:
                raw.children.append(self._node(block=False))
        self.scanner.take()

    def _pair(self, key: Token) -> Raw:
        """Reads `key: value` as an item of a flow sequence."""
        raw = Raw(MAPPING, _place(key))
        self.depth += 1
        self.scanner.take()
        token = self.scanner.peek()
        if token.kind in {t.VALUE, t.FLOW_ENTRY, t.FLOW_SEQUENCE_END}:
            self.scanner.take()  # without checking it, like the library
            raw.children.append(_behind(token))
        else:
            raw.children.append(self._node(block=False))
        self._flow_value(raw, t.FLOW_SEQUENCE_END)
        self.depth -= 1
        return raw

    def _flow_value(self, raw: Raw, end: str) -> None:
        token = self.scanner.peek()
        if token.kind == t.VALUE:
            self.scanner.take()
            token = self.scanner.peek()
            if token.kind not in _EMPTY_IN_FLOW[end]:
                raw.children.append(self._node(block=False))
                return
        raw.children.append(_empty(token))

    def _flow_mapping(self, raw: Raw) -> None:
        self.scanner.take()
        first = True
        while (token := self.scanner.peek()).kind != t.FLOW_MAPPING_END:
            if not first:
                if token.kind != t.FLOW_ENTRY:
                    _fail("did not find expected ',' or '}'", token)
                self.scanner.take()
                token = self.scanner.peek()
            first = False
            if token.kind == t.KEY:
                self.scanner.take()
                token = self.scanner.peek()
                if token.kind in _EMPTY_IN_FLOW[t.FLOW_MAPPING_END] or token.kind == t.VALUE:
                    raw.children.append(_empty(token))
                else:
                    raw.children.append(self._node(block=False))
                self._flow_value(raw, t.FLOW_MAPPING_END)
            elif token.kind != t.FLOW_MAPPING_END:
                raw.children.append(self._node(block=False))
                raw.children.append(_empty(self.scanner.peek()))
        self.scanner.take()


def _fail(message: str, token: Token) -> NoReturn:
    t.fail(message, token.line, token.column, scanning=False)


def _place(token: Token) -> Location:
    return Location(token.line + 1, token.column + 1)


def _empty(token: Token) -> Raw:
    """The null value before this token."""
    return Raw(SCALAR, _place(token), plain=True)


def _behind(token: Token) -> Raw:
    """The null value after this one-character token."""
    return Raw(SCALAR, Location(token.line + 1, token.column + 2), plain=True)
