"""Permissions that open more than they say, and what each opens.

Sources: Kubernetes' RBAC good practices, https://kubernetes.io/docs/concepts/security/rbac-good-practices/, and the
Helm controller of k3s and rke2, https://docs.k3s.io/add-ons/helm. Exec, impersonation, secrets, tokens, workloads,
bind and escalate have their own findings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kube_oidc.rbac import Request
from kube_oidc.rules.engine.finding import Confidence

_WRITE: Final = ("create", "update", "patch")
_CHANGE: Final = ("update", "patch")
_CHANGE_OR_DELETE: Final = ("update", "patch", "delete", "deletecollection")
_HTTP: Final = ("create", "get", "update", "patch", "delete")
_ADMISSION: Final = "admissionregistration.k8s.io"
_CERTIFICATES: Final = "certificates.k8s.io"
_SIGNERS: Final = (
    "kubernetes.io/kube-apiserver-client",
    "kubernetes.io/kube-apiserver-client-kubelet",
    "kubernetes.io/*",
)


@dataclass(frozen=True, slots=True)
class Path:
    """A resource (`resource/subresource`) whose `verbs` open what `opens` says.

    `cluster_scoped`: a RoleBinding can't grant it. `elsewhere` is the confidence in a namespace other than
    kube-system. `names` are the ones that matter if resourceNames limits the grant; otherwise every name does.
    """

    api_group: str
    resource: str
    verbs: tuple[str, ...]
    opens: str
    confidence: Confidence = Confidence.HIGH
    cluster_scoped: bool = True
    elsewhere: Confidence = Confidence.LOW
    names: tuple[str, ...] = ()

    @property
    def requests(self) -> tuple[Request, ...]:
        """Returns the requests it consists of, for each of the names and for any other."""
        resource, _, subresource = self.resource.partition("/")
        return tuple(
            Request(verb, self.api_group, resource, subresource, name)
            for name in (*self.names, "any")
            for verb in self.verbs
        )


PATHS: Final = (
    Path(
        "helm.cattle.io",
        "helmcharts",
        _WRITE,
        "on k3s and rke2, its chart is installed as cluster-admin",
        cluster_scoped=False,
        elsewhere=Confidence.HIGH,
    ),
    Path(
        "helm.cattle.io",
        "helmchartconfigs",
        _WRITE,
        "on k3s and rke2, its values change a chart that is installed as cluster-admin",
        cluster_scoped=False,
        elsewhere=Confidence.HIGH,
    ),
    Path(
        "upgrade.cattle.io",
        "plans",
        _WRITE,
        "the system upgrade controller runs its image as root on the nodes",
        cluster_scoped=False,
        elsewhere=Confidence.HIGH,
    ),
    Path(
        _ADMISSION,
        "mutatingwebhookconfigurations",
        _WRITE,
        "its webhook sees every object that is written, secrets included, and can change it",
    ),
    Path(
        _ADMISSION,
        "validatingwebhookconfigurations",
        _WRITE,
        "its webhook sees every object that is written, secrets included",
    ),
    Path(
        _ADMISSION,
        "mutatingadmissionpolicies",
        _WRITE,
        "its policy can change every object that is written, such as a pod's image or service account",
    ),
    Path(
        _ADMISSION,
        "mutatingadmissionpolicybindings",
        _WRITE,
        "it decides which objects the cluster's mutating policies change",
    ),
    *(
        Path(_ADMISSION, resource, _CHANGE_OR_DELETE, "it can switch off the cluster's admission policies")
        for resource in ("validatingadmissionpolicies", "validatingadmissionpolicybindings")
    ),
    *(
        Path(_ADMISSION, resource, ("delete", "deletecollection"), "it can switch off admission webhooks")
        for resource in ("validatingwebhookconfigurations", "mutatingwebhookconfigurations")
    ),
    Path(
        "apiregistration.k8s.io",
        "apiservices",
        _WRITE,
        "it can send every request for an API group, and what it contains, to its own server",
    ),
    Path(
        "apiextensions.k8s.io",
        "customresourcedefinitions",
        _WRITE,
        "its conversion webhook sees and changes every object of the kind, which controllers act on",
    ),
    Path(
        _CERTIFICATES,
        "signers",
        ("sign", "approve"),
        "a client certificate that it approves or signs authenticates as any user or node",
        names=_SIGNERS,
    ),
    Path(
        _CERTIFICATES,
        "certificatesigningrequests/approval",
        _CHANGE,
        "a client certificate that it approves authenticates as any user or node",
    ),
    Path(
        _CERTIFICATES,
        "certificatesigningrequests/status",
        _CHANGE,
        "it can put its own certificate into any request, such as a kubelet's",
        Confidence.MEDIUM,
    ),
    Path("", "persistentvolumes", ("create",), "a hostPath volume reads and writes any file of a node"),
    Path(
        "",
        "nodes",
        ("create", *_CHANGE_OR_DELETE),
        "labels and taints move pods, and so their secrets and tokens, to a node it chooses",
        Confidence.MEDIUM,
    ),
    Path(
        "",
        "nodes/status",
        _CHANGE,
        "it decides which nodes pods, and so their secrets and tokens, can be on",
        Confidence.MEDIUM,
    ),
    Path(
        "",
        "namespaces",
        _CHANGE,
        "labels decide which Pod Security level and policies apply, so it can allow privileged pods",
        Confidence.MEDIUM,
        cluster_scoped=False,
        elsewhere=Confidence.MEDIUM,
    ),
    *(
        Path(
            "",
            resource,
            _HTTP,
            "it reaches ports of pods past network policies, often without a login",
            Confidence.MEDIUM,
            cluster_scoped=False,
        )
        for resource in ("services/proxy", "pods/proxy")
    ),
    Path(
        "",
        "pods/portforward",
        ("create", "get"),
        "it reaches ports of pods past network policies, often without a login",
        Confidence.MEDIUM,
        cluster_scoped=False,
    ),
    *(
        Path(
            group,
            resource,
            _WRITE,
            "it can send a service's traffic to an address it chooses",
            Confidence.MEDIUM,
            cluster_scoped=False,
        )
        for group, resource in (("", "endpoints"), ("discovery.k8s.io", "endpointslices"))
    ),
)
