"""The token endpoint of GitHub and Forgejo Actions, which returns `{"value": …}`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, NoReturn
from urllib.parse import quote

from kube_oidc.ci.credentials.secret import Secret
from kube_oidc.ci.credentials.token import CredentialError, IdentityToken, parse
from kube_oidc.net.deadline import Deadline
from kube_oidc.net.faults import UnreachableError
from kube_oidc.net.https import Answer, get, origin

URL: Final = "ACTIONS_ID_TOKEN_REQUEST_URL"
TOKEN: Final = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"  # noqa: S105 - the variable's name


def request_token(
    environment: Mapping[str, str], audience: str, deadline: Deadline, remedy: str
) -> IdentityToken:
    """A new token; CredentialError with `remedy` if the job isn't allowed to request one, or with the failure."""
    url, bearer = environment.get(URL, ""), Secret(environment.get(TOKEN, ""))
    if not url or not bearer.reveal():
        missing = TOKEN if url else URL
        raise CredentialError(
            f"this job is not allowed to request ID tokens (${missing} is not set): {remedy}"
        )
    if not bearer.is_header_safe():
        raise CredentialError(
            f"${TOKEN} contains characters that are invalid in a header: was it quoted or truncated?"
        )
    if not audience:
        raise CredentialError("missing --audience: use one from the cluster's jwt[].issuer.audiences")
    try:
        answer = get(_with_audience(url, audience), _headers(bearer), deadline)
    except UnreachableError as error:
        over = "; Forgejo also responds like this once the job is over" if error.status == 500 else ""
        raise CredentialError(f"{error}{over}") from None
    return parse(_value(answer, origin(url)), f"the value from {origin(url)}")


def _with_audience(url: str, audience: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}audience={quote(audience, safe='')}"


def _headers(bearer: Secret) -> dict[str, str]:
    return {"Authorization": f"Bearer {bearer.reveal()}", "Accept": "application/json"}


def _value(answer: Answer, where: str) -> Secret:
    if answer.status != 200:
        _refused(answer, where)
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        kind = "an HTML page" if answer.content_type == "text/html" else "something other than JSON"
        raise CredentialError(
            f"{where} returned {kind} instead of a token: is there a login page or a proxy in front of it?"
        ) from None
    value = document.get("value") if isinstance(document, dict) else None
    if not isinstance(value, str) or not value:
        raise CredentialError(f"{where} returned JSON without a token in the field `value`")
    return Secret(value)


def _refused(answer: Answer, where: str) -> NoReturn:
    """Explain a status. The body is not quoted, as it may echo the request."""
    match answer.status:
        case 401 | 403:
            reason = f"the job's ${TOKEN} was refused: it is only valid for this job while it runs"
        case 404 | 405:
            reason = f"no token endpoint at ${URL}: does a proxy rewrite the path?"
        case status if 300 <= status < 400:
            reason = f"a redirect{_target(answer)} (not followed, as it would receive the job's ${TOKEN})"
        case _:
            reason = "see the server's log"
    raise CredentialError(f"{where} responded {answer.status}: {reason}")


def _target(answer: Answer) -> str:
    try:
        return f" to {origin(answer.location)}" if "://" in answer.location else ""
    except ValueError:
        return ""
