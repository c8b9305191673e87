"""Reads audit logs line by line; of each event only what the report needs is kept, never tokens or bodies."""

from __future__ import annotations

import gzip
import json
import re
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

MAX_LINE_BYTES: Final = 8 << 20  # an event with bodies is at most twice etcd's limit of 1.5 MiB
MAX_FAULTS_KEPT: Final = 20
_STARTS: Final = b'"stage":"RequestReceived"'  # half of a log; the outcome follows in another event
_REASON: Final = re.compile(
    r'RBAC: allowed by (?P<kind>(?:Cluster)?RoleBinding) "(?P<name>[^"]+)" of (?P<role_kind>\w+) "(?P<role>[^"]+)"'
)


class GrantKey(NamedTuple):
    """A binding; `namespace` is empty for a ClusterRoleBinding."""

    namespace: str
    name: str


class Used(NamedTuple):
    """What was requested, without the object's name: counts are kept for each."""

    verb: str
    api_group: str
    resource: str
    subresource: str
    namespace: str
    path: str


class Event(NamedTuple):
    """A finished request. `user` is empty if the token was refused; `grant` is what allowed it, if RBAC did."""

    user: str
    groups: tuple[str, ...]
    impersonated_by: str
    used: Used
    code: int
    decision: str
    grant: GrantKey | None
    role: str
    time: str


@dataclass
class Log:
    """What was read: lines, and those that are no audit event, as `FILE:LINE: reason` (the first few)."""

    lines: int = 0
    unreadable: int = 0
    faults: list[str] = field(default_factory=list)

    def fault(self, name: str, number: int, reason: str) -> None:
        """Counts an unreadable line."""
        self.unreadable += 1
        if len(self.faults) < MAX_FAULTS_KEPT:
            self.faults.append(f"{name}:{number}: {reason}")


def read(name: str, log: Log) -> Iterator[Event]:
    """The finished requests of one file: JSON lines, gzip if it is compressed, `-` for standard input.

    OSError if it can't be opened. A line that is no event is counted in `log`, and reading goes on.
    """
    if name == "-":
        yield from _events("<stdin>", sys.stdin.buffer, log)
        return
    with Path(name).open("rb") as file:
        is_compressed = file.peek(2)[:2] == b"\x1f\x8b"
        stream: Any = gzip.GzipFile(fileobj=file) if is_compressed else file
        yield from _events(name, stream, log)


def _events(name: str, stream: IO[bytes], log: Log) -> Iterator[Event]:
    number = 0
    while True:
        try:
            line = stream.readline(MAX_LINE_BYTES)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            log.fault(name, number + 1, f"the compressed file is damaged: {error}")
            return
        if not line:
            return
        number += 1
        log.lines += 1
        if _STARTS in line or line.isspace():
            continue
        try:
            event = _event(json.loads(line))
        except (ValueError, RecursionError, TypeError, AttributeError):
            log.fault(name, number, _why(line))
            while len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
                line = stream.readline(MAX_LINE_BYTES)
            continue
        if event is not None:
            yield event


def _why(line: bytes) -> str:
    if not line.endswith(b"\n"):
        return "the line is truncated"
    return "not JSON" if not line.lstrip().startswith(b"{") else "not an audit event"


def _event(content: dict[str, Any]) -> Event | None:
    """The event if it is the end of a request; TypeError or AttributeError if it is no audit event."""
    if content["kind"] != "Event" if "kind" in content else True:
        raise TypeError
    code = int((content.get("responseStatus") or {}).get("code", 0))
    if content["stage"] not in ("ResponseComplete", "Panic") and code != 401:
        return None
    target = content.get("objectRef") or {}
    user = content.get("user") or {}
    acting = content.get("impersonatedUser") or user
    notes = content.get("annotations") or {}
    reason = _REASON.match(str(notes.get("authorization.k8s.io/reason", "")))
    return Event(
        str(acting.get("username", "")),
        tuple(map(str, acting.get("groups") or ())),
        str(user.get("username", "")) if acting is not user else "",
        Used(
            str(content.get("verb", "")),
            str(target.get("apiGroup", "")),
            str(target.get("resource", "")),
            str(target.get("subresource", "")),
            str(target.get("namespace", "")),
            "" if target else str(content.get("requestURI", "")).partition("?")[0],
        ),
        code,
        str(notes.get("authorization.k8s.io/decision", "")),
        _grant(reason) if reason else None,
        f"{reason['role_kind']} {reason['role']}" if reason else "",
        str(content.get("stageTimestamp", "")),
    )


def _grant(reason: re.Match[str]) -> GrantKey:
    """The API server writes a RoleBinding as NAME/NAMESPACE."""
    if reason["kind"] == "ClusterRoleBinding":
        return GrantKey("", reason["name"])
    name, _, namespace = reason["name"].rpartition("/")
    return GrantKey(namespace, name)
