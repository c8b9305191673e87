"""Explains network errors, with the fix. Never repeats the server's text, which could echo a credential."""

from __future__ import annotations

import http.client
import socket
from typing import Final

# X509_V_ERR_* of OpenSSL's x509_vfy.h, as SSLCertVerificationError.verify_code gives them
_NOT_YET_VALID: Final = 9
_EXPIRED: Final = 10
WRONG_HOST: Final = frozenset({62, 64})  # host name, IP address
_UNKNOWN_AUTHORITY: Final = frozenset({2, 18, 19, 20, 21})
_NO_AUTHORITY: Final = frozenset({24, 79})  # the certificate that should have signed it is not a CA's
_MAX_NAMES_SHOWN: Final = 5


class UnreachableError(Exception):
    """The request failed; the message says why. If `passing`, a retry may succeed.

    `cut`: our own time limit ended the attempt. `status`: the last response's status, 0 without one.
    """

    def __init__(self, message: str, *, passing: bool = False, cut: bool = False, status: int = 0) -> None:
        super().__init__(message)
        self.passing = passing
        self.cut = cut
        self.status = status


class WrongHostError(OSError):
    """The certificate is valid, but for other hosts, whose `names` it has."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__()
        self.names = names


def explain(error: BaseException, where: str, proxy: str) -> UnreachableError:
    """Explain a socket, TLS or HTTP exception; other exceptions are raised again.

    `proxy` is the environment variable that configures the proxy, empty without one.
    """
    way = f" through the proxy from {proxy}" if proxy else ""
    if isinstance(error, socket.gaierror):
        return _name_unknown(error, where, proxy)
    if isinstance(error, WrongHostError):
        names = ", ".join(error.names[:_MAX_NAMES_SHOWN])
        has = f": it is valid for {names}" if names else ""
        return UnreachableError(f"TLS with {where}{way}: its certificate is for another host name{has}")
    if isinstance(error, TimeoutError):
        return UnreachableError(f"{where} did not respond in time{way}", passing=True)
    if type(error).__module__ == "ssl":
        return _tls(error, where, way)
    if isinstance(error, ConnectionRefusedError):
        return UnreachableError(f"{where} refused the connection{way}", passing=True)
    if isinstance(error, ConnectionError | http.client.RemoteDisconnected | http.client.IncompleteRead):
        return UnreachableError(
            f"{where} closed the connection before the response was complete{way}", passing=True
        )
    if isinstance(error, OSError):
        return _system(error, where, proxy)
    if isinstance(error, http.client.HTTPException):
        return UnreachableError(f"{where} did not respond with HTTP{way}")
    raise error


def _name_unknown(error: socket.gaierror, where: str, proxy: str) -> UnreachableError:
    name = f"the proxy host in {proxy}" if proxy else f"the host of {where}"
    return UnreachableError(f"cannot resolve {name} (DNS)", passing=error.errno == socket.EAI_AGAIN)


def _system(error: OSError, where: str, proxy: str) -> UnreachableError:
    tunnel = str(error).removeprefix("Tunnel connection failed: ")
    if proxy and error.errno is None and tunnel[:3].isdigit():
        status = int(tunnel[:3])
        wants = ": add user and password to that URL" if status == 407 else ""
        return UnreachableError(
            f"the proxy from {proxy} responded {status} to CONNECT for {where}{wants}; "
            "set NO_PROXY for hosts to reach without it",
            passing=status >= 500,
        )
    return UnreachableError(f"cannot reach {where} ({error.strerror or type(error).__name__})", passing=True)


def _tls(error: BaseException, where: str, way: str) -> UnreachableError:
    code = getattr(error, "verify_code", None)
    if code is None:
        return _handshake(error, where, way)
    if code == _EXPIRED:
        problem = "its certificate has expired (or this machine's clock is ahead)"
    elif code == _NOT_YET_VALID:
        problem = "its certificate is not valid yet (or this machine's clock is behind)"
    elif code in WRONG_HOST:
        problem = "its certificate is for another host name"
    elif code in _NO_AUTHORITY:
        problem = "the certificate that should have signed its own is not a CA (basicConstraints CA:FALSE)"
    elif code in _UNKNOWN_AUTHORITY:
        problem = (
            "its certificate is not signed by a trusted CA; set SSL_CERT_FILE to a file with the CAs "
            "to trust instead of the system's"
        )
    else:
        problem = f"its certificate is invalid (OpenSSL verification error {code})"
    return UnreachableError(f"TLS with {where}{way}: {problem}")


def _handshake(error: BaseException, where: str, way: str) -> UnreachableError:
    if type(error).__name__ in ("SSLEOFError", "SSLZeroReturnError"):
        return UnreachableError(f"{where} closed the connection during TLS{way}", passing=True)
    reason = getattr(error, "reason", None) or "no reason given"  # an OpenSSL constant
    if reason == "WRONG_VERSION_NUMBER":
        return UnreachableError(
            f"TLS with {where}{way}: the response is not TLS; is this a plain HTTP port or a proxy?"
        )
    return UnreachableError(f"TLS with {where}{way} failed ({reason})")
