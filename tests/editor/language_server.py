"""yaml-language-server over its standard streams: one file, its diagnostics, and what it shows at a place.

Source of the protocol: https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

_SECONDS: Final = 60


class Session:
    """A conversation with the server; AssertionError if it doesn't answer in time."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self._process = process
        self._rest = b""
        self._number = 0
        self._published: dict[str, list[dict[str, Any]]] = {}
        self.ask("initialize", processId=None, rootUri=folder.as_uri(), capabilities={})
        self._send("initialized", {})

    def open(self, file: Path) -> list[dict[str, Any]]:
        """The file's diagnostics."""
        uri = file.as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": file.read_text()}
        self._send("textDocument/didOpen", {"textDocument": document})
        deadline = time.monotonic() + _SECONDS
        while uri not in self._published:
            self._note(self._read(deadline))
        return self._published[uri]

    def hover(self, file: Path, word: str) -> str:
        """What the editor shows over the word's first occurrence."""
        answer = self.ask("textDocument/hover", **_at(file, word))
        return str(answer["contents"]["value"]) if answer else ""

    def completions(self, file: Path, word: str) -> set[str]:
        """What the editor offers right after the word's first occurrence."""
        answer = self.ask("textDocument/completion", **_at(file, word, end=True))
        return {item["label"] for item in answer["items"]}

    def ask(self, method: str, **parameters: Any) -> Any:
        """The result of a request."""
        self._number += 1
        number = self._number
        self._send(method, parameters, id=number)
        deadline = time.monotonic() + _SECONDS
        while True:
            said = self._read(deadline)
            if said.get("id") == number and "method" not in said:
                assert "error" not in said, said["error"]
                return said["result"]
            self._note(said)

    def _note(self, said: dict[str, Any]) -> None:
        if said.get("method") == "textDocument/publishDiagnostics":
            self._published[said["params"]["uri"]] = said["params"]["diagnostics"]
        elif "id" in said and "method" in said:  # a question of the server's, such as for its settings
            items = said.get("params", {}).get("items", [])
            self._write({"jsonrpc": "2.0", "id": said["id"], "result": [{} for _ in items] or None})

    def _send(self, method: str, parameters: dict[str, Any], **more: Any) -> None:
        self._write({"jsonrpc": "2.0", "method": method, "params": parameters, **more})

    def _write(self, message: dict[str, Any]) -> None:
        body = json.dumps(message).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _read(self, deadline: float) -> dict[str, Any]:
        while b"\r\n\r\n" not in self._rest:
            self._more(deadline)
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        (length,) = (
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length")
        )
        while len(self._rest) < length:
            self._more(deadline)
        body, self._rest = self._rest[:length], self._rest[length:]
        said: dict[str, Any] = json.loads(body)
        return said

    def _more(self, deadline: float) -> None:
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], max(0, deadline - time.monotonic()))
        assert ready, f"the language server didn't answer for {_SECONDS} s"
        more = os.read(self._process.stdout.fileno(), 1 << 16)
        assert more, "the language server ended"
        self._rest += more


@contextmanager
def session(node: str, program: Path, folder: Path) -> Iterator[Session]:
    """A session that ends with the block."""
    process = subprocess.Popen(
        [node, str(program), "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder
    )
    try:
        yield Session(process, folder)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        for stream in (process.stdin, process.stdout):
            assert stream is not None
            stream.close()


def _at(file: Path, word: str, *, end: bool = False) -> dict[str, Any]:
    before, found, _ = file.read_text().partition(word)
    assert found, f"{word} is not in {file}"
    place = before + word if end else before
    position = {"line": place.count("\n"), "character": len(place) - place.rfind("\n") - 1}
    return {"textDocument": {"uri": file.as_uri()}, "position": position}
