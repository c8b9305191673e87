"""The exec plugin for people: kubelogin, which opens a browser, gets an ID token and renews it.

Source of its arguments: docs/usage.md of https://github.com/int128/kubelogin.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from kube_oidc.ci.kubeconfig import KubeconfigError, Plugin, certificates

_HINT: Final = "kubectl oidc-login is kubelogin: https://github.com/int128/kubelogin#setup"
_CREDENTIALS: Final = ("--oidc-client-secret", "--password")


class Login(NamedTuple):
    """How a person logs in: the issuer, the client's ID, and scopes in addition to `openid`.

    `certificate_authority` is PEM, None for the system's CAs.
    """

    issuer: str
    client_id: str
    scopes: tuple[str, ...] = ()
    certificate_authority: bytes | None = None


def login_plugin(command: str | None, login: Login, more: Sequence[str]) -> Plugin:
    """kubelogin, which opens a browser and keeps the token; `command` is its path, None for `kubectl oidc-login`.

    KubeconfigError if an argument would be a credential. kubelogin's older versions only know v1beta1, and its newer
    ones answer in the version that is asked for.
    """
    for word in more:
        if word.partition("=")[0] in _CREDENTIALS:
            raise KubeconfigError(
                f"{word.partition('=')[0]} is a credential: register a public client, which uses PKCE instead"
            )
    words = ["get-token", f"--oidc-issuer-url={_issuer(login.issuer)}", f"--oidc-client-id={login.client_id}"]
    words += [f"--oidc-extra-scope={scope}" for scope in login.scopes]
    if login.certificate_authority is not None:
        encoded = b64encode(certificates(login.certificate_authority)).decode()
        words.append(f"--certificate-authority-data={encoded}")
    words += more
    if command is None:
        return Plugin("kubectl", ("oidc-login", *words), _HINT, "v1beta1", interactive=True)
    return Plugin(command, tuple(words), _HINT, "v1beta1", interactive=True)


def _issuer(url: str) -> str:
    """The URL as it is, since the token's `iss` must be exactly the same; KubeconfigError if it can't be one."""
    place = urlsplit(url)
    if place.scheme != "https" or not place.hostname or place.query or place.fragment or "@" in place.netloc:
        raise KubeconfigError("--login: not an issuer URL such as https://sso.example.org/realms/main")
    return url
