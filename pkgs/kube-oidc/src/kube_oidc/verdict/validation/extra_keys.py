"""Keys of `claimMappings.extra`: a domain, a slash and a path, in lower case, outside of Kubernetes' own domains.

Source: `k8s.io/apimachinery/pkg/util/validation.IsDomainPrefixedPath` and `isKubernetesDomainPrefix`.
"""

from __future__ import annotations

import re
from typing import Final

from kube_oidc.field import FieldPath
from kube_oidc.verdict.validation.errors import FieldError, invalid, required
from kube_oidc.verdict.validation.wording import reworded
from kube_oidc.verdict.versions import Difference, KubernetesVersion

_LABEL: Final = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN: Final = _LABEL + r"(\." + _LABEL + ")*"
_SUBDOMAIN_MESSAGE: Final = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
    "and must start and end with an alphanumeric character (e.g. 'example.com', "
    f"regex used for validation is '{_SUBDOMAIN}')"
)
_PATH: Final = r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+"
_REMEDY: Final = "write it as example.org/name, all in lower case, with your own domain"


def validate_extra_key(key: str, path: FieldPath, version: KubernetesVersion) -> list[FieldError]:
    """The errors of one key; the caller checks for duplicates."""
    errors = _domain_prefixed_path(key, path)
    if key != key.lower():
        detail = reworded(version, "key must be lowercase", "must be lowercase")
        errors.append(invalid(path, key, detail, _REMEDY))
    domain, slash, _ = key.partition("/")
    reserved = any(domain == own or domain.endswith("." + own) for own in ("kubernetes.io", "k8s.io"))
    if slash and reserved and version.has(Difference.EXTRA_KEYS_RESERVED):
        detail = "k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use"
        errors.append(invalid(path, key, detail, _REMEDY))
    return errors


def _domain_prefixed_path(key: str, path: FieldPath) -> list[FieldError]:
    if not key:
        return [required(path, "", _REMEDY)]
    host, _, rest = key.partition("/")
    if not host or not rest:
        return [invalid(path, key, 'must be a domain-prefixed path (such as "acme.io/foo")', _REMEDY)]
    errors = []
    if len(host.encode()) > 253:
        errors.append(invalid(path, host, "must be no more than 253 characters", _REMEDY))
    if not re.fullmatch(_SUBDOMAIN, host):
        errors.append(invalid(path, host, _SUBDOMAIN_MESSAGE, _REMEDY))
    if not re.fullmatch(_PATH, rest):
        detail = f"Invalid path (regex used for validation is '{_PATH}')"
        errors.append(invalid(path, rest, detail, _REMEDY))
    return errors
