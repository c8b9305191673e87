"""A client that asks an API server ten times a second who it is, and counts the answers it did not get."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

PER_SECOND: Final = 10
AT_MOST_SECONDS: Final = 600
TIMEOUT_SECONDS: Final = 10
PATH: Final = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
BODY: Final = json.dumps({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"})


@dataclass(frozen=True, slots=True)
class Credential:
    """A token, or the files of a client certificate and its key; `name` is for the table."""

    name: str
    token: str = field(default="", repr=False)
    certificate: tuple[Path, Path] | None = None


class Connection:
    """One API server, asked over a connection that is kept and opened anew when it is gone."""

    def __init__(self, url: str, authority: Path, credential: Credential) -> None:
        context = ssl.create_default_context(cafile=str(authority))
        if credential.certificate is not None:
            context.load_cert_chain(*credential.certificate)
        host = urlsplit(url)
        self._connection = http.client.HTTPSConnection(
            str(host.hostname), host.port, context=context, timeout=TIMEOUT_SECONDS
        )
        self._headers = {"Content-Type": "application/json"}
        if credential.token:
            self._headers["Authorization"] = f"Bearer {credential.token}"

    def ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        """Status and text of the answer; OSError or http.client.HTTPException where none came."""
        try:
            self._connection.request(method, path, body, self._headers)
            answer = self._connection.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise


@dataclass(slots=True)
class Tally:
    """What one client asked for and did not get; `streak` counts the good answers since the last lost one."""

    name: str
    asked: int = 0
    lost: int = 0
    streak: int = 0
    reasons: set[str] = field(default_factory=set)

    def count(self, reason: str | None) -> None:
        """One more request, which was lost for this reason, or was not."""
        self.asked += 1
        self.streak += 1
        if reason is not None:
            self.lost += 1
            self.streak = 0
            self.reasons.add(reason)


def _ask(connection: Connection) -> str | None:
    """Why this one request failed, or None."""
    try:
        status, text = connection.ask("POST", PATH, BODY)
    except (OSError, http.client.HTTPException) as error:
        return f"{type(error).__name__}: {error}"
    return None if status == HTTPStatus.CREATED else f"HTTP {status}: {text[:200]}"


def _keep_asking(connection: Connection, tally: Tally, over: threading.Event) -> None:
    start = time.monotonic()
    for number in range(AT_MOST_SECONDS * PER_SECOND):
        if over.wait(max(0.0, start + number / PER_SECOND - time.monotonic())):
            return
        tally.count(_ask(connection))


@contextmanager
def asking(url: str, authority: Path, *credentials: Credential) -> Iterator[list[Tally]]:
    """One client for each credential, all asking for as long as the `with` block lasts."""
    over = threading.Event()
    tallies = [Tally(credential.name) for credential in credentials]
    clients = [
        threading.Thread(
            target=_keep_asking, args=(Connection(url, authority, credential), tally, over), daemon=True
        )
        for credential, tally in zip(credentials, tallies, strict=True)
    ]
    for client in clients:
        client.start()
    try:
        yield tallies
    finally:
        over.set()
        for client in clients:
            with suppress(RuntimeError):
                client.join(TIMEOUT_SECONDS + 1)
