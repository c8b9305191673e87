"""All API servers of a cluster: the endpoints of the Service `kubernetes` in the namespace `default`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from kube_oidc.cluster.connection import Connection
from kube_oidc.cluster.exchange import AskingError

# The certificate of every API server contains this name, as pods use it.
SERVER_NAME: Final = "kubernetes.default.svc"
_SLICES: Final = (
    "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
    "?labelSelector=kubernetes.io%2Fservice-name%3Dkubernetes"
)
_ENDPOINTS: Final = "/api/v1/namespaces/default/endpoints/kubernetes"


def endpoints(connection: Connection) -> tuple[str, ...]:
    """The URLs of all API servers listed by the cluster; empty if they can't be read.

    Older clusters have Endpoints, newer ones EndpointSlices, most have both.
    """
    for path, read in ((_SLICES, _of_slices), (_ENDPOINTS, _of_endpoints)):
        try:
            found = dict.fromkeys(read(connection.get(path)))
        except AskingError as error:
            if error.status == 0:  # no response: the other request would wait as long, e.g. without etcd
                break
            continue
        except (AttributeError, TypeError, KeyError):
            continue
        if found:
            return tuple(found)
    return ()


def _of_slices(document: dict[str, Any]) -> Iterator[str]:
    for item in document["items"]:
        for port in _https(item.get("ports") or ()):
            for endpoint in item.get("endpoints") or ():
                yield from (_url(address, port) for address in endpoint.get("addresses") or ())


def _of_endpoints(document: dict[str, Any]) -> Iterator[str]:
    for subset in document.get("subsets") or ():
        for port in _https(subset.get("ports") or ()):
            addresses = (subset.get("addresses") or []) + (subset.get("notReadyAddresses") or [])
            yield from (_url(address["ip"], port) for address in addresses)


def _https(ports: Any) -> Iterator[int]:
    """The Service's only port, named https."""
    yield from (port["port"] for port in ports if port.get("name") in (None, "", "https"))


def _url(address: str, port: int) -> str:
    return f"https://[{address}]:{port}" if ":" in address else f"https://{address}:{port}"
