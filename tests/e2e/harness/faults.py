"""What can go wrong with a forge: what the API server makes of its token, and what our commands say.

`token`, `status` and `log` are the programs' own words, with FORGE for the forge's address and N for what differs
from run to run. docs/how-to/faults.md has the same rows; the tests play each and compare.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from e2e.harness import misbehaviour
from e2e.harness.certificates import Authority
from e2e.harness.fault_rows import Row
from e2e.harness.issuer import Behaviour

Certificate = Callable[[Authority], tuple[Path, Path]]
HANGING_SECONDS: Final = 45  # the API server's own client gives up after 30
SLOW_SECONDS: Final = 3
OFF_SECONDS: Final = 600
LONG: Final = datetime.timedelta(days=60)  # so that nobody warns of its end
OTHER: Final = "https://git.example.org/api/actions"
_PLUGIN: Final = "oidc authenticator: initializing plugin: "
_GET: Final = f'{_PLUGIN}Get "FORGE/api/actions/.well-known/openid-configuration": '
_DOCUMENT: Final = "the discovery document: "
_UNKNOWN: Final = (
    "its certificate is not signed by a trusted CA; set SSL_CERT_FILE to a file with the CAs to trust "
    "instead of the system's"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a forge.

    `log` is in the API server's log where it refuses the token; `token` and `status` are what our commands say,
    `ends` the exit status of `token`.
    """

    title: str
    token: str = ""
    status: str = ""
    log: str = ""
    does: str = ""
    ends: int = 2
    behaviour: Behaviour = lambda _, reply: reply
    certificate: Certificate = lambda authority: authority.issue(
        "127.0.0.1", hosts=["127.0.0.1"], lifetime=LONG
    )
    ahead: int = 0
    up: bool = True

    @property
    def row(self) -> Row:
        """Its row of the table."""
        reason = self.log.removeprefix(_GET).removeprefix(_PLUGIN)
        verdict = f"401, `{reason}`" if reason else "accepts the token"
        given = [
            *(["gives the token"] if self.ends == 0 else []),
            *([f"`{self.token}`"] if self.token else []),
        ]
        return Row(
            self.title,
            f"{verdict}{self.does and f'; {self.does}'}",
            (
                f"`token`: {', and says '.join(given)}",
                f"`status`: {quoted(self.status) if self.status else 'finds nothing'}",
                *([f"`explain --online`: `refused: {self.log}`"] if self.is_about_the_token else []),
            ),
        )

    @property
    def is_about_the_token(self) -> bool:
        """Whether the API server has the forge's keys, and refuses what it gives out."""
        return self.log.startswith("oidc: verify token: ")


def quoted(text: str) -> str:
    """The text as code in Markdown, with twice the backquotes where it has some of its own."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def general(text: str, host: str) -> str:
    """The text without what differs from run to run: the forge's port, times, numbers of attempts."""
    text = text.replace(f"https://{host}", "FORGE").replace(host, "FORGE")
    text = re.sub(r"\b\d+ attempts?\b", "N attempts", text)
    text = re.sub(r"within \d+\.\d s", "within N s", text)
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S* \+0000 UTC( m=\S+)?", "TIME", text).replace('\\"', '"')


def expired(authority: Authority) -> tuple[Path, Path]:
    """A certificate that ended a minute ago."""
    return authority.issue("expired", hosts=["127.0.0.1"], lifetime=datetime.timedelta(minutes=-1))


def for_another_host(authority: Authority) -> tuple[Path, Path]:
    """A certificate of a host that this one is not."""
    return authority.issue("another-host", hosts=["git.example.org"])


def by_a_stranger(authority: Authority) -> tuple[Path, Path]:
    """A certificate by an authority that nobody here trusts."""
    folder = authority.certificate.parent / "stranger"
    folder.mkdir(exist_ok=True)
    return Authority("stranger", folder).issue("127.0.0.1", hosts=["127.0.0.1"])


DOWN_AT_START: Final = Fault(
    "the forge is down while the API server starts",
    "FORGE refused the connection (N attempts within the deadline of 10 s)",
    f"{_DOCUMENT}FORGE refused the connection",
    f"{_GET}dial tcp FORGE: connect: connection refused",
    "it asks again every 10 s, and accepts the token once the forge is back",
    up=False,
)
DOWN_LATER: Final = Fault(
    "the forge goes down while the API server runs",
    "FORGE refused the connection (N attempts within the deadline of 10 s)",
    f"{_DOCUMENT}FORGE refused the connection",
    does="it goes on with the keys it has",
)
ROTATED: Final = Fault(
    "the forge has a new key",
    does="of the new key at once; of the old key until it has seen one of the new key, and 10 s longer",
    ends=0,
)
FAULTS: Final = (
    DOWN_AT_START,
    DOWN_LATER,
    Fault(
        "the forge does not answer",
        "FORGE sent no complete response within N s (N attempts within the deadline of 10 s)",
        f"{_DOCUMENT}FORGE sent no complete response within N s",
        f"{_GET}context deadline exceeded",
        "it waits for 30 s",
        behaviour=misbehaviour.slow(HANGING_SECONDS),
    ),
    Fault(
        f"each answer of the forge takes {SLOW_SECONDS} s",
        does="the first one waits for the keys",
        ends=0,
        behaviour=misbehaviour.slow(SLOW_SECONDS),
    ),
    Fault(
        "the forge answers 500",
        "FORGE responded 500 (N attempts within the deadline of 10 s); "
        "Forgejo also responds like this once the job is over",
        f"{_DOCUMENT}FORGE responded 500",
        f"{_PLUGIN}500 Internal Server Error: Internal Server Error",
        "it asks again every 10 s",
        behaviour=misbehaviour.failing,
    ),
    Fault(
        "the forge answers with a login page",
        "FORGE returned an HTML page instead of a token: is there a login page or a proxy in front of it?",
        f"{_DOCUMENT}the response is an HTML page",
        f"{_PLUGIN}oidc: failed to decode provider discovery object: expected Content-Type = application/json, "
        'got "text/html;charset=utf-8"',
        behaviour=misbehaviour.login_page,
    ),
    Fault(
        "the forge redirects",
        "FORGE responded 302: a redirect (not followed, as it would receive the job's $ACTIONS_ID_TOKEN_REQUEST_TOKEN)",
        does="it follows",
        behaviour=misbehaviour.redirecting,
    ),
    Fault(
        "the forge's document is another issuer's",
        status='oidc: issuer did not match the issuer returned by provider, expected "FORGE/api/actions" '
        f'got "{OTHER}"',
        log=f'{_PLUGIN}oidc: issuer did not match the issuer returned by provider, expected "FORGE/api/actions" '
        f'got "{OTHER}"',
        ends=0,
        behaviour=misbehaviour.posing_as(OTHER),
    ),
    ROTATED,
    Fault(
        "the forge's key set is empty",
        status="publishes no key that can verify a token (no key at all): every token is refused",
        log="oidc: verify token: failed to verify signature: failed to verify id token signature",
        ends=0,
        behaviour=misbehaviour.without_keys,
    ),
    Fault(
        "each answer of the forge is 50 MiB long",
        "FORGE sent more than 1 MiB",
        f"{_DOCUMENT}FORGE sent more than 1 MiB",
        does="it reads them to their end",
        behaviour=misbehaviour.huge,
    ),
    Fault(
        "the forge's certificate has expired",
        "TLS with FORGE: its certificate has expired (or this machine's clock is ahead)",
        f"{_DOCUMENT}TLS with FORGE: its certificate has expired (or this machine's clock is ahead)",
        f"{_GET}tls: failed to verify certificate: x509: certificate has expired or is not yet valid",
        certificate=expired,
    ),
    Fault(
        "the forge's certificate is for another host",
        "TLS with FORGE: its certificate is for another host name: it is valid for git.example.org",
        f"{_DOCUMENT}TLS with FORGE: its certificate is for another host name: it is valid for git.example.org",
        f"{_GET}tls: failed to verify certificate: x509: cannot validate certificate for 127.0.0.1 because it "
        "doesn't contain any IP SANs",
        certificate=for_another_host,
    ),
    Fault(
        "the forge's certificate is signed by an unknown CA",
        f"TLS with FORGE: {_UNKNOWN}",
        f"{_DOCUMENT}TLS with FORGE: {_UNKNOWN}",
        f"{_GET}tls: failed to verify certificate: x509: certificate signed by unknown authority",
        certificate=by_a_stranger,
    ),
    Fault(
        "the forge's clock is 10 minutes ahead",
        "the new token is not valid yet according to this machine's clock: the clock is minutes slow",
        "its clock is 10 min ahead of this machine's clock: new tokens are refused (`before the nbf`)",
        "oidc: verify token: oidc: current time TIME before the nbf (not before) time: TIME",
        ends=0,
        ahead=OFF_SECONDS,
    ),
    Fault(
        "the forge's clock is 10 minutes behind",
        "the new token has already expired according to this machine's clock: the clock is minutes fast",
        "its clock is 10 min behind this machine's clock: tokens expire earlier by that much",
        "oidc: verify token: oidc: token is expired (Token Expiry: TIME)",
        ends=0,
        ahead=-OFF_SECONDS,
    ),
)
