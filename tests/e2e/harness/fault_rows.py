"""The table of faults: what goes wrong, what the API server does, what our commands say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import pytest


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `says` is what each of our commands says that has to do with it."""

    fault: str
    does: str
    says: tuple[str, ...] = ()

    def markdown(self) -> str:
        """The row as docs/how-to/faults.md has it."""
        return f"| {self.fault} | {self.does} | {'<br>'.join(self.says)} |"


_GIVES: Final = "`token`: the token, whenever kubectl asks for one"
ETCD_GONE: Final = Row(
    "etcd is gone",
    "accepts the token; whatever needs the store takes until kubectl's own time-out, `/readyz` has `[-]etcd failed`; "
    "all is well once etcd is back",
    ("`status`: `metrics: API SERVER sent no complete response within 10 s`",),
)
OLD_FILE: Final = Row(
    "one of three API servers has an old file",
    "that one 401, the others accept the token",
    ("`status`: `has loaded another file, sha256:…`, only for this one",),
)
PLUGIN: Final = Row(
    "a token expires under a rollout, and kubectl has the plugin", "accepts the next token", (_GIVES,)
)
HANDED_OVER: Final = Row(
    "a token that was handed over expires under a rollout, and a load balancer closes the connection",
    "401; kubectl asks again until its `--timeout`, and fails",
)
UNCUT: Final = Row(
    "a token that was handed over expires under a rollout, and the connection stays",
    "goes on with the watch it has, so `kubectl rollout status` ends well; 401 to the next request",
)
CRASHED: Final = Row(
    "an API server crashes under a rollout",
    "once it is back kubectl goes on, and the rollout ends well; for a moment it may respond 403 to everyone",
    (_GIVES,),
)
STOPPED: Final = Row(
    "an API server is stopped under a rollout",
    "goes on with the watches it has, for a minute at most, and takes no new connection; the rollout ends well",
    (_GIVES,),
)
_NOT_ASKED: Final = "not involved"
INTERRUPTED: Final = Row(
    "Ctrl-C while a command waits", _NOT_ASKED, ("every command: `kube-oidc: interrupted`, exit status 130",)
)
TERMINATED: Final = Row(
    "SIGTERM while a command waits",
    _NOT_ASKED,
    ("every command: `kube-oidc: terminated`, exit status 143; no child and no temporary file is left",),
)
CLOSED_PIPE: Final = Row(
    "no one reads the output of a command", _NOT_ASKED, ("every command: nothing, exit status 2",)
)
FULL_DISK: Final = Row(
    "the disk is full",
    _NOT_ASKED,
    (
        "every command: `No space left on device`, exit status 2",
        "`kubeconfig --output`: `cannot write config: No space left on device`, and the old file is unchanged",
    ),
)
ROWS: Final = (
    ETCD_GONE,
    OLD_FILE,
    PLUGIN,
    HANDED_OVER,
    UNCUT,
    CRASHED,
    STOPPED,
    INTERRUPTED,
    TERMINATED,
    CLOSED_PIPE,
    FULL_DISK,
)
SEEN: Final = pytest.StashKey[list[Row]]()


def table(rows: Iterable[Row]) -> Iterator[str]:
    """The lines of the table at the end of the run."""
    for row in rows:
        yield row.fault
        yield f"    API server: {row.does}"
        yield from (f"    {words}" for words in row.says)
