"""Reads responses within size limits, and explains errors."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final

from kube_oidc.net.faults import UnreachableError, explain

MAX_RESPONSE_BYTES: Final = 32 << 20  # a list of all role bindings of a large cluster
MAX_STREAM_BYTES: Final = 512 << 20  # /metrics of a large cluster has some ten MiB; it is not kept


class AskingError(Exception):
    """A request failed; `status` is the HTTP status, 0 without a response."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Reply:
    """A response; `clock_seconds` is how far the API server's clock is ahead of ours."""

    status: int
    body: bytes
    clock_seconds: float | None


def whole(reply: Any) -> bytes:
    """The response body; UnreachableError if it is too large."""
    content: bytes = reply.read(MAX_RESPONSE_BYTES + 1)
    if len(content) > MAX_RESPONSE_BYTES:
        raise UnreachableError(f"the response is larger than {MAX_RESPONSE_BYTES >> 20} MiB")
    return content


def excerpt(reply: Any) -> bytes:
    """The start of an error response."""
    content: bytes = reply.read(64 << 10)
    return content


def lines(reply: Any, prefixes: tuple[bytes, ...]) -> bytes:
    """The lines that start with one of these; the others are discarded."""
    kept = b""
    for line in _split(_limited(reply.stream(1 << 16))):
        if line.startswith(prefixes):
            kept += line + b"\n"
        if len(kept) > MAX_RESPONSE_BYTES:
            raise UnreachableError(f"the response is larger than {MAX_RESPONSE_BYTES >> 20} MiB")
    return kept


def _limited(chunks: Iterable[bytes]) -> Iterable[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > MAX_STREAM_BYTES:
            raise UnreachableError(f"the response is larger than {MAX_STREAM_BYTES >> 20} MiB")
        yield chunk


def _split(chunks: Iterable[bytes]) -> Iterable[bytes]:
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        rest = rest[:MAX_RESPONSE_BYTES]
        yield from lines
    yield rest


def decoded(reply: Reply) -> Any:
    """The JSON object in the response; AskingError if it isn't one."""
    try:
        document = json.loads(reply.body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise AskingError("the response is not a JSON object: is this an API server?", reply.status)
    return document


def refusal(status: int, content: bytes) -> str:
    """The status with Kubernetes' message, which names user and resource but never a credential."""
    try:
        message = json.loads(content).get("message", "")
    except (ValueError, AttributeError, RecursionError):
        message = ""
    if 300 <= status < 400:
        return f"HTTP {status}, a redirect (not followed): is this an API server?"
    return f"HTTP {status}" + (f": {message}" if isinstance(message, str) and message else "")


def clock_ahead(date: str) -> float | None:
    """Seconds that the server's clock is ahead; the Date header has whole seconds, so compare their middle."""
    try:
        return parsedate_to_datetime(date).timestamp() + 0.5 - time.time()
    except (ValueError, OverflowError):
        return None


def explained(error: BaseException, where: str, proxy: str) -> Exception:
    """The cause behind urllib3's exception; `proxy` is the variable with the proxy, empty without one."""
    if isinstance(error, UnreachableError):
        return error
    waiting: list[BaseException] = [error]
    for _ in range(20):
        if not waiting:
            break
        found = waiting.pop(0)
        plain = isinstance(found, OSError | http.client.HTTPException)
        if plain and not type(found).__module__.startswith("urllib3"):
            return explain(found, where, proxy)
        inner = (*found.args, getattr(found, "original_error", None), found.__cause__, found.__context__)
        waiting += [item for item in inner if isinstance(item, BaseException)]
    if "Timeout" in type(error).__name__:
        return explain(TimeoutError(), where, proxy)
    return UnreachableError(f"cannot query {where} ({type(error).__name__})")
