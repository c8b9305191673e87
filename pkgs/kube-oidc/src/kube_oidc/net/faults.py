"""Why a server could not be asked, in words that name the remedy; never in the other side's words."""

from __future__ import annotations

import http.client
import socket
from typing import Final

# X509_V_ERR_* of OpenSSL's x509_vfy.h, as SSLCertVerificationError.verify_code gives them
_NOT_YET_VALID: Final = 9
_EXPIRED: Final = 10
_WRONG_HOST: Final = frozenset({62, 64})  # host name, IP address
_UNKNOWN_AUTHORITY: Final = frozenset({2, 18, 19, 20, 21})


class UnreachableError(Exception):
    """The server could not be asked; the message says why. `passing` faults are worth another attempt.

    `cut`: our own limit ended the attempt. `status` is that of its last answer, 0 without one.
    """

    def __init__(self, message: str, *, passing: bool = False, cut: bool = False, status: int = 0) -> None:
        super().__init__(message)
        self.passing = passing
        self.cut = cut
        self.status = status


def explain(error: BaseException, where: str, proxy: str) -> UnreachableError:
    """The fault behind an exception of sockets, TLS or HTTP; an exception of another kind is raised again.

    `proxy` is the variable that names the proxy on the way, empty without one.
    """
    way = f" through the proxy of {proxy}" if proxy else ""
    if isinstance(error, socket.gaierror):
        return _name_unknown(error, where, proxy)
    if isinstance(error, TimeoutError):
        return UnreachableError(f"{where} did not answer in time{way}", passing=True)
    if type(error).__module__ == "ssl":
        return _tls(error, where, way)
    if isinstance(error, ConnectionRefusedError):
        return UnreachableError(f"{where} refuses the connection{way}", passing=True)
    if isinstance(error, ConnectionError | http.client.RemoteDisconnected | http.client.IncompleteRead):
        return UnreachableError(
            f"{where} closed the connection before its answer was complete{way}", passing=True
        )
    if isinstance(error, OSError):
        return _system(error, where, proxy)
    if isinstance(error, http.client.HTTPException):
        return UnreachableError(f"{where} does not answer in HTTP{way}")
    raise error


def _name_unknown(error: socket.gaierror, where: str, proxy: str) -> UnreachableError:
    name = f"{proxy}'s host" if proxy else f"the host of {where}"
    return UnreachableError(f"{name} has no address (DNS)", passing=error.errno == socket.EAI_AGAIN)


def _system(error: OSError, where: str, proxy: str) -> UnreachableError:
    tunnel = str(error).removeprefix("Tunnel connection failed: ")
    if proxy and error.errno is None and tunnel[:3].isdigit():
        status = int(tunnel[:3])
        wants = ": it wants a user and a password in that URL" if status == 407 else ""
        return UnreachableError(
            f"the proxy of {proxy} answers {status} to CONNECT for {where}{wants}; "
            "NO_PROXY names hosts to reach without it",
            passing=status >= 500,
        )
    return UnreachableError(
        f"{where} cannot be reached ({error.strerror or type(error).__name__})", passing=True
    )


def _tls(error: BaseException, where: str, way: str) -> UnreachableError:
    code = getattr(error, "verify_code", None)
    if code is None:
        return _handshake(error, where, way)
    if code == _EXPIRED:
        problem = "its certificate has expired (or this machine's clock is ahead)"
    elif code == _NOT_YET_VALID:
        problem = "its certificate is not valid yet (or this machine's clock is behind)"
    elif code in _WRONG_HOST:
        problem = "its certificate is for another host name"
    elif code in _UNKNOWN_AUTHORITY:
        problem = (
            "no authority known here signed its certificate; SSL_CERT_FILE names a file of authorities "
            "to trust instead of the system's"
        )
    else:
        problem = f"its certificate is refused (OpenSSL verification error {code})"
    return UnreachableError(f"TLS with {where}{way}: {problem}")


def _handshake(error: BaseException, where: str, way: str) -> UnreachableError:
    if type(error).__name__ in ("SSLEOFError", "SSLZeroReturnError"):
        return UnreachableError(f"{where} closed the connection during TLS{way}", passing=True)
    reason = getattr(error, "reason", None) or "no reason given"  # one of OpenSSL's constants
    if reason == "WRONG_VERSION_NUMBER":
        return UnreachableError(
            f"TLS with {where}{way}: the answer is not TLS; is this a plain http port, or a proxy between?"
        )
    return UnreachableError(f"TLS with {where}{way} failed ({reason})")
