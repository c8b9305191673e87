"""GET requests with retries, a deadline and explained errors. Redirects are not followed.

Error messages never contain the server's text (reason phrase, headers, body), which may echo the credential.
"""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

from kube_oidc.net.deadline import Deadline
from kube_oidc.net.faults import WRONG_HOST, UnreachableError, WrongHostError, explain
from kube_oidc.net.proxy import Proxy, proxy_for

MAX_RESPONSE_BYTES: Final = 1 << 20
FIRST_PAUSE_SECONDS: Final = 0.25
MAX_PAUSE_SECONDS: Final = 3.0
RETRYABLE_STATUSES: Final = frozenset({408, 429, 500, 502, 503, 504})


class Answer(NamedTuple):
    """A response; `body` has at most `MAX_RESPONSE_BYTES` bytes.

    `date` is the Date header. `received` (when it arrived) and `certificate_expires` (None over plain HTTP) are
    Unix seconds.
    """

    status: int
    content_type: str
    location: str
    body: bytes
    date: str = ""
    received: float = 0.0
    certificate_expires: float | None = None


def get(
    url: str, headers: Mapping[str, str], deadline: Deadline, *, certificate_authority: str | None = None
) -> Answer:
    """The first response that isn't a temporary failure, within the deadline; redirects are returned.

    `certificate_authority`: PEM text that replaces the system's CAs. UnreachableError reports the last failure
    that wasn't caused by our own time limit, and a longer silence after it.
    """
    place = _checked(url)
    pause = FIRST_PAUSE_SECONDS
    attempts = 0
    ended: Answer | UnreachableError | None = None
    while True:
        attempts += 1
        limit = deadline.remaining()
        outcome = _attempt(place, headers, limit, certificate_authority)
        if isinstance(outcome, Answer) and outcome.status not in RETRYABLE_STATUSES:
            return outcome
        if isinstance(outcome, UnreachableError) and not outcome.passing:
            raise outcome
        cut = isinstance(outcome, UnreachableError) and outcome.cut
        ended = outcome if ended is None or not cut else ended
        wait = random.uniform(pause / 2, pause)  # noqa: S311 - jitter, not a secret
        if deadline.remaining() <= wait:
            # Fast responses also leave less than a pause at the end, so a short silence means nothing.
            silent = limit if ended is not outcome and limit > pause else 0.0
            raise _gave_up(place, ended, silent, attempts, deadline)
        time.sleep(wait)
        pause = min(2 * pause, MAX_PAUSE_SECONDS)


def get_once(url: str, deadline: Deadline, *, certificate_authority: str | None = None) -> Answer:
    """The response to a single attempt, whatever its status; UnreachableError if there is none."""
    place, left = _checked(url), deadline.remaining()
    if not left:
        raise UnreachableError(
            f"{origin(url)} was not asked: the deadline of {deadline.seconds:g} s was over"
        )
    outcome = _attempt(place, {"Accept": "application/json"}, left, certificate_authority)
    if isinstance(outcome, UnreachableError):
        raise outcome
    return outcome


def origin(url: str) -> str:
    """`https://host:port` of a URL, without parts that may be secret: user, path and query."""
    place = urlsplit(url)
    host = f"[{place.hostname}]" if ":" in (place.hostname or "") else place.hostname
    return f"{place.scheme}://{host}" + (f":{place.port}" if place.port else "")


def _checked(url: str) -> SplitResult:
    try:
        place = urlsplit(url)
        usable = place.scheme in ("https", "http") and place.hostname and place.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isascii() or not url.isprintable() or " " in url:
        raise UnreachableError("not an http(s) URL")
    return place


def _gave_up(
    place: SplitResult,
    outcome: Answer | UnreachableError,
    silent: float,
    attempts: int,
    deadline: Deadline,
) -> UnreachableError:
    """`silent`: seconds that a further attempt waited without a response."""
    reason = (
        f"{origin(place.geturl())} responded {outcome.status}"
        if isinstance(outcome, Answer)
        else str(outcome)
    )
    if silent > 0:
        reason += f"; the last attempt had no complete response within {silent:.1f} s"
    tries = "1 attempt" if attempts == 1 else f"{attempts} attempts"
    message = f"{reason} ({tries} within the deadline of {deadline.seconds:g} s)"
    return UnreachableError(message, status=outcome.status)


def _attempt(
    place: SplitResult, headers: Mapping[str, str], limit: float, certificate_authority: str | None
) -> Answer | UnreachableError:
    """One request, in a thread: name resolution has no timeout, and a response may trickle in forever."""
    proxy = proxy_for(place)
    outcome: list[Answer | BaseException] = []

    def exchange() -> None:
        try:
            outcome.append(_exchange(place, headers, limit, proxy, certificate_authority))
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            outcome.append(error)

    thread = threading.Thread(target=exchange, daemon=True)
    thread.start()
    thread.join(limit)
    where = origin(place.geturl())
    result = outcome[0] if outcome else TimeoutError()
    if isinstance(result, TimeoutError) and result.errno is None:  # the thread has the same limit
        return UnreachableError(
            f"{where} sent no complete response within {limit:.1f} s", passing=True, cut=True
        )
    variable = proxy.variable if proxy else ""
    return result if isinstance(result, Answer | UnreachableError) else explain(result, where, variable)


def _exchange(
    place: SplitResult,
    headers: Mapping[str, str],
    limit: float,
    proxy: Proxy | None,
    certificate_authority: str | None,
) -> Answer:
    connection = _connection(place, limit, proxy, certificate_authority)
    try:
        target = (place.path or "/") + (f"?{place.query}" if place.query else "")
        if proxy and place.scheme == "http":
            target = origin(place.geturl()) + target
            headers = {**headers, **_proxy_authorization(proxy)}
        try:
            connection.connect()  # explicitly, as `response` may close the socket
        except OSError as error:
            if getattr(error, "verify_code", None) not in WRONG_HOST:
                raise
            names = _certificate_names(place, limit, proxy, certificate_authority)
            raise WrongHostError(names) from None
        expires = _certificate_expires(connection)
        connection.request("GET", target, headers={"User-Agent": "kube-oidc", **headers})
        response = connection.getresponse()
        received = time.time()
        body = response.read(MAX_RESPONSE_BYTES + 1)
        if len(body) > MAX_RESPONSE_BYTES:
            raise UnreachableError(f"{origin(place.geturl())} sent more than {MAX_RESPONSE_BYTES >> 20} MiB")
        if response.length:  # bytes missing from Content-Length: read(n) doesn't report them
            raise http.client.IncompleteRead(b"")
        content_type = response.headers.get_content_type()
        location, date = (response.headers.get(name, "") for name in ("Location", "Date"))
        return Answer(response.status, content_type, location, body, date, received, expires)
    finally:
        connection.close()


def _certificate_names(
    place: SplitResult, limit: float, proxy: Proxy | None, certificate_authority: str | None
) -> tuple[str, ...]:
    """The host names and addresses in the certificate of a host that has none for its own name."""
    connection = _connection(place, limit, proxy, certificate_authority, check_host=False)
    try:
        connection.connect()
        peer: Any = connection.sock
        found = (peer.getpeercert() or {}).get("subjectAltName", ())
    except (OSError, http.client.HTTPException):
        return ()
    finally:
        connection.close()
    names = (str(name) for _, name in found)
    return tuple(name for name in names if name.isascii() and name.isprintable() and len(name) <= 253)


def _certificate_expires(connection: http.client.HTTPConnection) -> float | None:
    """When the server's certificate expires, in Unix seconds."""
    if not isinstance(connection, http.client.HTTPSConnection):
        return None
    import ssl  # noqa: PLC0415 - already loaded

    end = (connection.sock.getpeercert() or {}).get("notAfter")
    return ssl.cert_time_to_seconds(end) if isinstance(end, str) else None


def _connection(
    place: SplitResult,
    limit: float,
    proxy: Proxy | None,
    certificate_authority: str | None,
    *,
    check_host: bool = True,
) -> http.client.HTTPConnection:
    assert place.hostname is not None
    host, port = (proxy.host, proxy.port) if proxy else (place.hostname, place.port)
    if place.scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=limit)
    import ssl  # noqa: PLC0415 - a tenth of the startup time, not needed for plain HTTP

    context = ssl.create_default_context(cadata=certificate_authority)
    context.check_hostname = check_host
    # Same rules as Go and curl in every Python version: 3.13 requires key identifiers in every certificate, and
    # older versions accept only self-signed CAs.
    context.verify_flags &= ~ssl.VerifyFlags.VERIFY_X509_STRICT
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    connection = http.client.HTTPSConnection(host, port, timeout=limit, context=context)
    if proxy:
        connection.set_tunnel(place.hostname, place.port or 443, _proxy_authorization(proxy))
    return connection


def _proxy_authorization(proxy: Proxy) -> dict[str, str]:
    return {"Proxy-Authorization": proxy.authorization} if proxy.authorization else {}
