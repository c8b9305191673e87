"""The rules for `jwt[].issuer`: URLs, audiences, the CA and the egress selector."""

from __future__ import annotations

from kube_oidc.field import FieldPath
from kube_oidc.model import Issuer
from kube_oidc.verdict.golang import url as go_url
from kube_oidc.verdict.validation.errors import FieldError, duplicate, invalid, required
from kube_oidc.verdict.validation.wording import invalid_named, reworded
from kube_oidc.verdict.versions import Difference, KubernetesVersion


def validate_issuer(
    issuer: Issuer,
    path: FieldPath,
    version: KubernetesVersion,
    service_account_issuers: tuple[str, ...],
    egress_gate: bool,
) -> list[FieldError]:
    """The errors of one issuer, in the API server's order."""
    return [
        *_issuer_url(issuer.url, path.child("url"), version, service_account_issuers),
        *_discovery_url(issuer, path.child("discoveryURL"), version),
        *_audiences(issuer, path, version),
        *_certificate_authority(issuer.certificate_authority, path.child("certificateAuthority"), version),
        *_egress_selector(
            issuer.egress_selector_type, path.child("egressSelectorType"), version, egress_gate
        ),
    ]


def _issuer_url(
    url: str, path: FieldPath, version: KubernetesVersion, disallowed: tuple[str, ...]
) -> list[FieldError]:
    if not url:
        remedy = "write the issuer's URL exactly as in the `iss` claim of its tokens"
        return [required(path, reworded(version, "URL is required", ""), remedy)]
    return _url(url, path, disallowed, version)


def _discovery_url(issuer: Issuer, path: FieldPath, version: KubernetesVersion) -> list[FieldError]:
    url = issuer.discovery_url
    if not url:
        return []
    errors = []
    if issuer.url and issuer.url.rstrip("/") == url.rstrip("/"):
        detail = "discoveryURL must be different from URL"
        remedy = "remove discoveryURL: the API server looks below `url` by default"
        errors.append(invalid(path, url, detail, remedy))
    return errors + _url(url, path, (), version)


def _url(
    url: str, path: FieldPath, disallowed: tuple[str, ...], version: KubernetesVersion
) -> list[FieldError]:
    errors = []
    if url in disallowed:
        listed = "[" + " ".join(sorted(set(disallowed))) + "]"
        detail = f"URL must not overlap with disallowed issuers: {listed}"
        remedy = (
            "this issuer is the API server's own (--service-account-issuer); its tokens are accepted already"
        )
        errors.append(invalid(path, url, detail, remedy))
    try:
        parsed = go_url.parse(url, strict_colons=version.has(Difference.COLONS_IN_HOSTS_REFUSED))
    except go_url.URLError as error:
        return [*errors, invalid(path, url, str(error), "write an absolute URL: https://host/path")]
    if parsed.scheme != "https":
        errors.append(invalid(path, url, "URL scheme must be https", "write it with https://"))
    if parsed.user is not None:
        detail = "URL must not contain a username or password"
        errors.append(invalid(path, url, detail, "remove the part before `@`"))
    if parsed.raw_query:
        errors.append(invalid(path, url, "URL must not contain a query", "remove the part from `?` on"))
    if parsed.fragment:
        errors.append(invalid(path, url, "URL must not contain a fragment", "remove the part from `#` on"))
    return errors


def _audiences(issuer: Issuer, path: FieldPath, version: KubernetesVersion) -> list[FieldError]:
    where = path.child("audiences")
    audiences = issuer.audiences
    if not audiences:
        remedy = "name the audience that the tokens for this cluster carry in `aud`"
        return [required(where, f"at least one {where} is required", remedy)]
    errors = []
    seen: set[str] = set()
    for position, audience in enumerate(audiences):
        if not audience:
            detail = reworded(version, "audience can't be empty", "")
            errors.append(required(where.index(position), detail, "remove the empty entry"))
        if audience in seen:
            errors.append(duplicate(where.index(position), audience, "name each audience once"))
        seen.add(audience)
    return errors + _match_policy(issuer, path.child("audienceMatchPolicy"), version)


def _match_policy(issuer: Issuer, path: FieldPath, version: KubernetesVersion) -> list[FieldError]:
    policy = issuer.audience_match_policy
    if policy == "MatchAny":
        return []
    if len(issuer.audiences) > 1:
        detail = "audienceMatchPolicy must be MatchAny for multiple audiences"
        return [invalid_named(path, policy, detail, version, "add `audienceMatchPolicy: MatchAny`")]
    if policy:
        detail = "audienceMatchPolicy must be empty or MatchAny for single audience"
        return [invalid_named(path, policy, detail, version, "remove audienceMatchPolicy")]
    return []


def _certificate_authority(pem: str, path: FieldPath, version: KubernetesVersion) -> list[FieldError]:
    if not pem:
        return []
    from kube_oidc.verdict.golang.pem import certificate_error  # noqa: PLC0415

    reason = certificate_error(
        pem,
        strict_colons=version.has(Difference.COLONS_IN_HOSTS_REFUSED),
        negative_serials=not version.has(Difference.NEGATIVE_SERIALS_REFUSED),
    )
    if reason is None:
        return []
    remedy = "paste the PEM text itself (-----BEGIN CERTIFICATE-----), not a file name; only the issuer's CA"
    return [invalid(path, "<omitted>", reason, remedy)]


def _egress_selector(
    selector: str, path: FieldPath, version: KubernetesVersion, gate: bool
) -> list[FieldError]:
    if not selector:
        return []
    errors = []
    if not gate:
        detail = (
            "egress selector is not supported when "
            "StructuredAuthenticationConfigurationEgressSelector feature gate is disabled"
        )
        errors.append(
            invalid(path, selector, detail, "enable the feature gate, or remove egressSelectorType")
        )
    if selector not in ("controlplane", "cluster"):
        detail = "egress selector must be either controlplane or cluster"
        errors.append(invalid_named(path, selector, detail, version, "write `controlplane` or `cluster`"))
    return errors
