"""What running API servers say, asked with the Kubernetes client. The one module that talks to a cluster."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

_METRIC: Final = "apiserver_authentication_config_controller_last_config_info"
_RELOADS: Final = "apiserver_authentication_config_controller_automatic_reloads_total"
_SAMPLE: Final = re.compile(r"(\w+)\{([^}]*)\} (\S+)")
_LABEL: Final = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class ClusterError(Exception):
    """The API server could not be asked; the message says why, without credentials."""


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """One API server's answers; None or empty where it did not say (`problems` tells why)."""

    server: str
    version: str | None = None
    username: str | None = None
    groups: tuple[str, ...] = ()
    loaded_hash: str | None = None
    reloads: dict[str, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def status(kubeconfig: str | None, context: str | None, timeout_seconds: float) -> ServerStatus:
    """Version, who we are, and the hash of the AuthenticationConfiguration that is loaded.

    ClusterError when there is no usable kubeconfig. Source of the metric: `k8s.io/apiserver/pkg/server/options/
    authenticationconfig/metrics` (Kubernetes 1.34).
    """
    import kubernetes  # noqa: PLC0415 - 400 ms

    client: Any = kubernetes.client
    config: Any = kubernetes.config

    try:
        api = config.new_client_from_config(config_file=kubeconfig, context=context)
    except (config.ConfigException, OSError, TypeError) as error:
        raise ClusterError(f"the kubeconfig cannot be used: {error}") from None
    problems: list[str] = []
    asking = _Asking(client, api, timeout_seconds, problems)
    user = asking.whoami()
    metrics = asking.metrics()
    hashes = [labels["hash"] for name, labels, _ in metrics if name == _METRIC and "hash" in labels]
    reloads = {
        labels.get("status", ""): int(float(value)) for name, labels, value in metrics if name == _RELOADS
    }
    return ServerStatus(
        server=api.configuration.host,
        version=asking.version(),
        username=user.username if user else None,
        groups=tuple(user.groups or ()) if user else (),
        loaded_hash=hashes[0] if hashes else None,
        reloads=reloads,
        problems=tuple(problems),
    )


class _Asking:
    """One API server; what it refuses to answer goes to `problems`."""

    def __init__(self, client: Any, api: Any, timeout_seconds: float, problems: list[str]) -> None:
        self._client = client
        self._api = api
        self._timeout = timeout_seconds
        self._problems = problems

    def _ask(self, what: str, call: Any) -> Any:
        import urllib3  # noqa: PLC0415

        try:
            return call()
        except self._client.ApiException as error:
            self._problems.append(f"{what}: HTTP {error.status} {error.reason}")
        except (urllib3.exceptions.HTTPError, OSError) as error:
            self._problems.append(f"{what}: {type(error).__name__}: {error}")
        return None

    def version(self) -> str | None:
        answer = self._ask(
            "version", lambda: self._client.VersionApi(self._api).get_code(_request_timeout=self._timeout)
        )
        return answer.git_version if answer else None

    def whoami(self) -> Any:
        review = self._client.V1SelfSubjectReview()
        answer = self._ask(
            "who am I",
            lambda: self._client.AuthenticationV1Api(self._api).create_self_subject_review(
                review, _request_timeout=self._timeout
            ),
        )
        return answer.status.user_info if answer else None

    def metrics(self) -> list[tuple[str, dict[str, str], str]]:
        text = self._ask("metrics (needs `get` on the URL /metrics)", self._metrics_text)
        return [
            (match[1], dict(_LABEL.findall(match[2])), match[3])
            for match in _SAMPLE.finditer(text or "")
            if match[1] in (_METRIC, _RELOADS)
        ]

    def _metrics_text(self) -> str:
        """The text of /metrics: no generated method of the client has this path, and its raw call changed with 36."""
        if hasattr(self._api, "param_serialize"):
            request = self._api.param_serialize(
                method="GET", resource_path="/metrics", auth_settings=["BearerToken"]
            )
            response = self._api.call_api(*request, _request_timeout=self._timeout)
        else:
            response = self._api.call_api(
                "/metrics",
                "GET",
                auth_settings=["BearerToken"],
                _preload_content=False,
                _return_http_data_only=True,
                _request_timeout=self._timeout,
            )
        data: bytes = response.read()
        if not HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
            raise self._client.ApiException(status=response.status, reason=response.reason)
        return data.decode("utf-8", "replace")
