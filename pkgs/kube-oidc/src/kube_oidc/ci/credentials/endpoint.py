"""The token endpoint of GitHub and Forgejo Actions, which answers `{"value": …}`."""

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
    """A new token; CredentialError with `remedy` where the job may not ask, else with what is in the way."""
    url, bearer = environment.get(URL, ""), Secret(environment.get(TOKEN, ""))
    if not url or not bearer.reveal():
        missing = TOKEN if url else URL
        raise CredentialError(f"this job may not ask for ID tokens (${missing} is not set): {remedy}")
    if not bearer.is_header_safe():
        raise CredentialError(f"${TOKEN} holds characters that no header can: was it quoted or cut?")
    if not audience:
        raise CredentialError("missing --audience: use one from")
    try:
        answer = get(_with_audience(url, audience), _headers(bearer), deadline)
    except UnreachableError as error:
        over = "; Forgejo answers so, too, when the job is over" if error.status == 500 else ""
        raise CredentialError(f"{error}{over}") from None
    return parse(_value(answer, origin(url)), f"the value that {origin(url)} answered")


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
            f"{where} answers with {kind} instead of a token: a login page or a proxy stands before it?"
        ) from None
    value = document.get("value") if isinstance(document, dict) else None
    if not isinstance(value, str) or not value:
        raise CredentialError(f"{where} answers JSON without a token in its field `value`")
    return Secret(value)


def _refused(answer: Answer, where: str) -> NoReturn:
    """The reason behind a status; the body is not quoted, it may echo what it was sent."""
    match answer.status:
        case 401 | 403:
            reason = f"the job's own ${TOKEN} is refused: it serves this one job, while it runs"
        case 404 | 405:
            reason = f"there is no token endpoint at ${URL}: does a proxy rewrite its path?"
        case status if 300 <= status < 400:
            reason = f"a redirect{_target(answer)} is not followed, the job's ${TOKEN} would go with it"
        case _:
            reason = "the server's log says why"
    raise CredentialError(f"{where} answers {answer.status}: {reason}")


def _target(answer: Answer) -> str:
    try:
        return f" to {origin(answer.location)}" if "://" in answer.location else ""
    except ValueError:
        return ""
