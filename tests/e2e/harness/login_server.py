"""A login server for people, as Keycloak answers: authorization code with PKCE, device code, refresh tokens, groups.

Everyone who visits it is already logged in as its one person. Sources: RFC 6749 (sections 4.1, 6), RFC 7636, RFC 8628,
OpenID Connect Core 1.0 (section 3.1).
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from e2e.harness.certificates import Authority

CODE_SECONDS: Final = 60
_PATH: Final = "/realms/main"
_DEVICE: Final = "urn:ietf:params:oauth:grant-type:device_code"


class RefusedError(Exception):
    """A request that the server refuses; the message is OAuth's error code."""


@dataclass(slots=True)
class LoginServer:
    """Its client is public. `logins` and `refreshes` count; `lifetime` is an ID token's, in seconds."""

    host: str
    client_id: str
    person: dict[str, Any]
    lifetime: int = 300
    logins: int = 0
    refreshes: int = 0
    port: int = 0
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    _refresh: set[str] = field(default_factory=set)
    _devices: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The issuer URL."""
        return f"https://{self.host}{_PATH}"

    def get(self, target: str) -> tuple[HTTPStatus, object]:
        """The answer to a GET; a string is a redirection's target."""
        parts = urlsplit(target)
        match parts.path.removeprefix(_PATH):
            case "/.well-known/openid-configuration":
                return HTTPStatus.OK, self.discovery()
            case "/keys":
                key = RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
                return HTTPStatus.OK, {"keys": [{**key, "kid": "main", "alg": "RS256", "use": "sig"}]}
            case "/auth":
                return HTTPStatus.FOUND, self.authorize(dict(parse_qsl(parts.query)))
            case "/activate":
                return HTTPStatus.OK, self.activate(dict(parse_qsl(parts.query)))
        return HTTPStatus.NOT_FOUND, {}

    def discovery(self) -> dict[str, object]:
        """The discovery document."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/auth",
            "device_authorization_endpoint": f"{self.url}/device",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser goes next: back to the program on this machine, with a code."""
        back = asked.get("redirect_uri", "")
        is_local = urlsplit(back).scheme == "http" and urlsplit(back).hostname in ("localhost", "127.0.0.1")
        if asked.get("client_id") != self.client_id or not is_local:
            raise RefusedError("invalid_request")
        if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
            raise RefusedError("invalid_request")  # a public client must use PKCE
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked | {"at": str(time.time())}
        self.logins += 1
        return f"{back}?{urlencode({'code': code, 'state': asked.get('state', '')})}"

    def device(self, asked: dict[str, str]) -> dict[str, object]:
        """A code for a program without a browser, and the address where the person confirms it elsewhere."""
        if asked.get("client_id") != self.client_id:
            raise RefusedError("invalid_client")
        device, user = secrets.token_urlsafe(16), secrets.token_hex(4).upper()
        self._devices[device] = {"user": user, "scope": asked.get("scope", "")}
        return {
            "device_code": device,
            "user_code": user,
            "verification_uri": f"{self.url}/activate",
            "verification_uri_complete": f"{self.url}/activate?user_code={user}",
            "expires_in": CODE_SECONDS,
            "interval": 1,
        }

    def activate(self, asked: dict[str, str]) -> dict[str, object]:
        """The person confirms the code."""
        for waiting in self._devices.values():
            if waiting["user"] == asked.get("user_code"):
                waiting["confirmed"] = "yes"
                self.logins += 1
        return {}

    def token(self, asked: dict[str, str]) -> dict[str, object]:
        """The answer to a request for tokens."""
        match asked.get("grant_type"):
            case "authorization_code":
                return self._tokens(self._redeem(asked))
            case "refresh_token" if asked.get("refresh_token", "") in self._refresh:
                self._refresh.remove(asked["refresh_token"])
                self.refreshes += 1
                return self._tokens({"scope": "openid groups"})
            case grant if grant == _DEVICE and asked.get("device_code", "") in self._devices:
                if "confirmed" not in self._devices[asked["device_code"]]:
                    raise RefusedError("authorization_pending")
                return self._tokens(self._devices.pop(asked["device_code"]))
        raise RefusedError("invalid_grant")

    def _redeem(self, asked: dict[str, str]) -> dict[str, str]:
        known = self._codes.pop(asked.get("code", ""), None)
        verifier = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if known is None or time.time() - float(known["at"]) > CODE_SECONDS:
            raise RefusedError("invalid_grant")
        if challenge != known["code_challenge"] or asked.get("redirect_uri") != known["redirect_uri"]:
            raise RefusedError("invalid_grant")
        return known

    def _tokens(self, login: dict[str, str]) -> dict[str, object]:
        refresh = secrets.token_urlsafe(16)
        self._refresh.add(refresh)
        id_token = self.sign(login.get("scope", "").split(), login.get("nonce"))
        return {
            "token_type": "Bearer",
            "access_token": secrets.token_urlsafe(16),
            "expires_in": self.lifetime,
            "id_token": id_token,
            "refresh_token": refresh,
        }

    def sign(self, scopes: list[str], nonce: str | None = None) -> str:
        """An ID token of the person: groups only with that scope."""
        now = int(time.time())
        about = {name: value for name, value in self.person.items() if name != "groups" or "groups" in scopes}
        claims = {"iss": self.url, "aud": self.client_id, "iat": now, "exp": now + self.lifetime, **about}
        nonces = {"nonce": nonce} if nonce else {}
        return jwt.encode(claims | nonces, self.key, algorithm="RS256", headers={"kid": "main"})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    server_of_people: LoginServer

    def do_GET(self) -> None:
        try:
            self._answer(*self.server_of_people.get(self.path))
        except RefusedError as error:
            self._answer(HTTPStatus.BAD_REQUEST, {"error": str(error)})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        try:
            server, asked = self.server_of_people, dict(parse_qsl(body))
            is_device = urlsplit(self.path).path.endswith("/device")
            self._answer(HTTPStatus.OK, server.device(asked) if is_device else server.token(asked))
        except RefusedError as error:
            self._answer(HTTPStatus.BAD_REQUEST, {"error": str(error)})

    def _answer(self, status: HTTPStatus, content: object) -> None:
        body = b"" if isinstance(content, str) else json.dumps(content).encode()
        self.send_response(status)
        if isinstance(content, str):
            self.send_header("Location", content)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet: a request line holds a code."""


@contextmanager
def serve(server: LoginServer, authority: Authority) -> Iterator[LoginServer]:
    """The server answers on a free port of 127.0.0.1, with a certificate by `authority`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue(server.host, hosts=[server.host]))
    handler = type("Handler", (_Handler,), {"server_of_people": server})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as listening:
        listening.daemon_threads = True
        listening.socket = context.wrap_socket(
            listening.socket, server_side=True, do_handshake_on_connect=False
        )
        server.port = listening.server_address[1]
        threading.Thread(target=listening.serve_forever, args=(0.1,), daemon=True).start()
        try:
            yield server
        finally:
            listening.shutdown()
