"""A connection to an API server from a kubeconfig, with time and size limits for each request.

The Kubernetes client reads the kubeconfig (certificates, tokens, credential plugins). Requests are our own: one
deadline, a limited response size, no redirects, and errors explained by `net/faults.py`.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlsplit

from kube_oidc.cluster import ClusterError
from kube_oidc.cluster.exchange import (
    AskingError,
    Reply,
    clock_ahead,
    decoded,
    excerpt,
    explained,
    lines,
    refusal,
    whole,
)
from kube_oidc.cluster.kubeconfig import chosen
from kube_oidc.cluster.plugin_log import reasons
from kube_oidc.net.bounded import call_with_timeout
from kube_oidc.net.deadline import Deadline
from kube_oidc.net.faults import UnreachableError
from kube_oidc.net.https import origin
from kube_oidc.net.proxy import Proxy, proxy_for

_SUCCESSES: Final = (200, 201, 202)  # 202: a deletion that goes on
Body = tuple[bytes | None, str]  # and its media type
_LOOPBACK: Final = ("localhost", "127.", "[::1]", "::1")


@dataclass(frozen=True, slots=True)
class Connection:
    """An API server. `server` is its URL, `server_name` the name in its certificate if it differs.

    Every request ends by the deadline. `discovered`: the server was listed by the cluster, not given by the user.
    """

    server: str
    server_name: str
    deadline: Deadline
    _configuration: Any = field(repr=False)
    _pool: Any = field(repr=False)
    _proxy: Proxy | None = field(repr=False)
    discovered: bool = False

    @property
    def verifies(self) -> bool:
        """Whether the server's certificate is verified before credentials are sent."""
        return bool(self._configuration.verify_ssl)

    def to(self, server: str, server_name: str, *, discovered: bool = False) -> Connection:
        """The same credentials for another API server of the cluster."""
        other = _connection(self._configuration, server, server_name, self.deadline)
        return replace(other, discovered=discovered)

    def until(self, deadline: Deadline) -> Connection:
        """The same connection with a new deadline."""
        return replace(self, deadline=deadline)

    def get(self, path: str) -> Any:
        """The JSON object at this path; AskingError if there is none."""
        return decoded(self.ask("GET", path))

    def post(self, path: str, document: object) -> Any:
        """The JSON object in the response."""
        return decoded(self.ask("POST", path, json.dumps(document).encode()))

    def ask(
        self, method: str, path: str, body: bytes | None = None, content_type: str = "application/json"
    ) -> Reply:
        """A successful response of at most `MAX_RESPONSE_BYTES` bytes; otherwise AskingError."""
        return self._bounded(method, path, (body, content_type), whole)

    def lines(self, path: str, prefixes: tuple[bytes, ...]) -> str:
        """The lines of a long text that start with one of these; the others are discarded."""
        return self._bounded("GET", path, (None, ""), lambda reply: lines(reply, prefixes)).body.decode(
            errors="replace"
        )

    def _bounded(self, method: str, path: str, body: Body, read: Callable[[Any], bytes]) -> Reply:
        where, left = origin(self.server), self.deadline.remaining()
        too_late = AskingError(f"{where} sent no complete response within {self.deadline.seconds:.3g} s")
        if not left:
            raise AskingError(f"{where} was not asked: the deadline of {self.deadline.seconds:g} s was over")
        try:
            return call_with_timeout(lambda: self._exchange(method, path, body, read, left), left)
        except TimeoutError:
            raise too_late from None
        except UnreachableError as error:
            over = error.passing and not self.deadline.remaining()  # the socket's timeout came first
            raise (too_late if over else AskingError(str(error))) from None

    def _exchange(
        self, method: str, path: str, body: Body, read: Callable[[Any], bytes], limit: float
    ) -> Reply:
        headers = {"Accept": "application/json", "User-Agent": "kube-oidc", **self._authorization()}
        if body[0] is not None:
            headers["Content-Type"] = body[1]
        try:
            reply = self._pool.request(
                method,
                self.server.rstrip("/") + path,
                body=body[0],
                headers=headers,
                timeout=limit,
                retries=False,
                redirect=False,
                preload_content=False,
            )
            ahead = clock_ahead(reply.headers.get("Date", ""))
            content = read(reply) if reply.status in _SUCCESSES else excerpt(reply)
        except Exception as error:  # noqa: BLE001 - urllib3 wraps the cause in its own exceptions
            raise explained(error, origin(self.server), self._proxy.variable if self._proxy else "") from None
        if reply.status not in _SUCCESSES:
            raise AskingError(refusal(reply.status, content), reply.status)
        return Reply(reply.status, content, ahead)

    def _authorization(self) -> dict[str, str]:
        settings = self._configuration.auth_settings().values()
        return {item["key"]: item["value"] for item in settings if item["in"] == "header" and item["value"]}


def connect(kubeconfig: str | None, context: str | None, deadline: Deadline) -> Connection:
    """The API server of a kubeconfig's context; ClusterError if the kubeconfig is unusable."""
    try:
        document = call_with_timeout(lambda: chosen(kubeconfig, context), deadline.remaining())
    except TimeoutError:
        raise ClusterError(f"the kubeconfig was not read within {deadline.seconds:g} s") from None
    try:
        configuration = call_with_timeout(lambda: _load(document), deadline.remaining())
    except TimeoutError:
        raise ClusterError(
            f"the kubeconfig's credential plugin took more than {deadline.seconds:g} s"
        ) from None
    name = getattr(configuration, "tls_server_name", None) or ""
    return _connection(configuration, configuration.host, name, deadline)


def _load(document: Mapping[str, Any]) -> Any:
    """The client's configuration, including a credential from a plugin."""
    import kubernetes  # noqa: PLC0415 - 400 ms

    config: Any = kubernetes.config
    configuration: Any = kubernetes.client.Configuration()
    with reasons() as why:
        try:
            config.load_kube_config_from_dict(
                document, client_configuration=configuration, persist_config=False
            )
        except (config.ConfigException, OSError) as error:
            raise ClusterError(f"the kubeconfig cannot be used: {error}") from None
        except Exception as error:  # noqa: BLE001 - the client raises arbitrary exceptions, which may quote the file
            raise ClusterError(
                f"the kubeconfig cannot be used: {type(error).__name__} in reading it"
            ) from None
    plugin = document["users"][0]["user"].get("exec")
    if plugin and not configuration.api_key and not configuration.cert_file:
        reason = why[0] if why else "it can't be executed"
        raise ClusterError(
            f"the kubeconfig's credential plugin {plugin['command']!r} returned no credential: {reason}; "
            "run it manually with its args for details"
        )
    return configuration


def _connection(configuration: Any, server: str, server_name: str, deadline: Deadline) -> Connection:
    import urllib3  # noqa: PLC0415

    if not configuration.verify_ssl:  # the kubeconfig asks for it; urllib3 would warn on every request
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    if "@" in server:
        raise ClusterError("the API server's URL contains a user or password: remove them")
    try:
        proxy_url, proxy = _proxy(configuration, server)
        options: dict[str, Any] = {"ssl_context": _context(configuration)}
    except (OSError, ValueError, UnreachableError) as error:
        raise ClusterError(f"the kubeconfig cannot be used: {error}") from None
    if server_name:
        options["server_hostname"] = server_name
    if proxy_url:
        headers = {"Proxy-Authorization": proxy.authorization} if proxy and proxy.authorization else None
        pool: Any = urllib3.ProxyManager(proxy_url, proxy_headers=headers, **options)
    else:
        pool = urllib3.PoolManager(**options)
    return Connection(server, server_name, deadline, configuration, pool, proxy)


def _context(configuration: Any) -> ssl.SSLContext:
    """The kubeconfig's CA (default: the system's or SSL_CERT_FILE) and client certificate."""
    context = ssl.create_default_context(cafile=configuration.ssl_ca_cert or None)
    context.verify_flags &= ~ssl.VerifyFlags.VERIFY_X509_STRICT  # same as kubectl
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    if not configuration.verify_ssl:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if configuration.cert_file:
        context.load_cert_chain(configuration.cert_file, configuration.key_file)
    return context


def _proxy(configuration: Any, server: str) -> tuple[str, Proxy | None]:
    """The kubeconfig's `proxy-url`, or the environment's, which kubectl doesn't use for local addresses."""
    from urllib.request import getproxies  # noqa: PLC0415

    configured = getattr(configuration, "proxy", None)
    if configured and configured not in getproxies().values():
        return configured, Proxy("", 0, "", "proxy-url")
    place = urlsplit(server)
    proxy = None if (place.hostname or "").startswith(_LOOPBACK) else proxy_for(place)
    return (f"http://{proxy.host}:{proxy.port}", proxy) if proxy else ("", None)
