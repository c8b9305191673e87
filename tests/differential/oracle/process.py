"""The reference as a long-running process: one question per line, one answer per line."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from kube_oidc.verdict.versions import DEFAULT, NEWEST, OLDEST

BUILD: Final = Path(__file__).resolve().parent.parent / "build"
DEFAULT_MINOR: Final = str(DEFAULT)
USUAL_MINORS: Final = [str(version) for version in sorted({OLDEST, DEFAULT, NEWEST})]
"""What `make test` asks; `make differential` asks every known minor."""
BATCH_BYTES: Final = 32 * 1024


class ReferenceMissingError(Exception):
    """The reference can't be built; the message says what is missing."""


def minors() -> list[str]:
    """Every Kubernetes minor that has a reference, oldest first."""
    answer = subprocess.run(
        [sys.executable, str(BUILD), "--minors"], check=True, capture_output=True, text=True
    )
    return answer.stdout.split()


def program(minor: str) -> Path:
    """The reference for a minor, built unless cached; raises ReferenceMissingError without Go."""
    if shutil.which("go") is None:
        raise ReferenceMissingError("the reference of Kubernetes' own packages needs Go")
    answer = subprocess.run(
        [sys.executable, str(BUILD), minor], check=False, stdout=subprocess.PIPE, text=True
    )
    if answer.returncode != 0:
        raise ReferenceMissingError(
            f"the reference for Kubernetes {minor} did not build (its output is above)"
        )
    return Path(answer.stdout.strip())


class Reference:
    """Kubernetes' packages of one minor. Answers are the JSON objects that README.md describes."""

    def __init__(self, minor: str = DEFAULT_MINOR) -> None:
        self.minor = minor
        self._process = subprocess.Popen(
            [str(program(minor))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TZ": "UTC"},  # the texts show times in the local zone
        )
        self._asked = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process; asking afterwards is an error."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait(timeout=10)

    def validate(self, config: bytes | str, issuers: Iterable[str] = ()) -> dict[str, Any]:
        """Whether the file is valid, and all errors if it isn't."""
        return next(self.validate_all([(config, issuers)]))

    def validate_all(self, cases: Iterable[tuple[bytes | str, Iterable[str]]]) -> Iterator[dict[str, Any]]:
        """Validates many files, each with the API server's own issuers."""
        return self.ask_all(
            {"op": "validate", "serviceAccountIssuers": list(issuers), **_text("config", config)}
            for config, issuers in cases
        )

    def authenticate(
        self, config: bytes | str, payload: bytes | str, now: int | None = None
    ) -> dict[str, Any]:
        """The user that a token with this payload becomes, or the reason for refusal; bytes are passed unchanged."""
        return next(self.authenticate_all([(config, payload, now)]))

    def authenticate_all(
        self, tokens: Iterable[tuple[bytes | str, bytes | str, int | None]]
    ) -> Iterator[dict[str, Any]]:
        """Authenticates many: configuration, payload, and the time in Unix seconds."""
        return self.ask_all(
            {"op": "authenticate", "now": now, **_text("config", config), **_text("payload", payload)}
            for config, payload, now in tokens
        )

    def compile(self, expression: str, scope: str = "claims", kind: str = "username") -> dict[str, Any]:
        """Whether the expression compiles, and its type."""
        return self.ask(op="compile", expression=expression, scope=scope, kind=kind)

    def evaluate(self, expression: str, payload: bytes | str, scope: str = "claims") -> dict[str, Any]:
        """The expression's value, of any type, with these claims or this user."""
        return next(self.evaluate_all([(expression, payload, scope)]))

    def evaluate_all(self, asked: Iterable[tuple[str, bytes | str, str]]) -> Iterator[dict[str, Any]]:
        """Evaluates many: expression, payload, scope."""
        return self.ask_all(
            {
                "op": "evaluate",
                "expression": expression,
                "scope": scope,
                "kind": "username",
                **_text("payload", payload),
            }
            for expression, payload, scope in asked
        )

    def ask(self, **question: Any) -> dict[str, Any]:
        """One question, one answer."""
        return next(iter(self.ask_all([question])))

    def ask_all(self, questions: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Answers in the order of the questions; sent in batches that fit into a pipe, so that no side blocks."""
        batch: list[bytes] = []
        for question in questions:
            self._asked += 1
            batch.append(json.dumps({"id": self._asked, **question}).encode() + b"\n")
            if sum(map(len, batch)) > BATCH_BYTES:
                yield from self._exchange(batch)
                batch = []
        yield from self._exchange(batch)

    def _exchange(self, batch: list[bytes]) -> list[dict[str, Any]]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(b"".join(batch))
            stdin.flush()
        except BrokenPipeError:
            raise RuntimeError(f"the reference for {self.minor} has ended") from None
        answers = []
        for question in batch:
            line = stdout.readline()
            answer = json.loads(line) if line else {"failure": "no answer: the process ended"}
            if "failure" in answer or answer.get("id") != json.loads(question)["id"]:
                raise RuntimeError(f"the reference for {self.minor} answered {answer} to {question.decode()}")
            answers.append(answer)
        return answers


def _text(name: str, value: bytes | str) -> dict[str, str]:
    if isinstance(value, str):
        return {name: value}
    return {f"{name}Base64": base64.b64encode(value).decode()}
