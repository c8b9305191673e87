"""Who can do what, as one HTML page that needs nothing else: no network, no other file, and no script to be read.

Names come from files that others wrote: the templates escape all of them, and a policy in the page allows only its
own script.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from kube_oidc.access.model import Access, Holder, Issuer
from kube_oidc.access.picture import EVERYBODY, Picture, picture
from kube_oidc.access.words import own
from kube_oidc.rbac import Loaded
from kube_oidc.report.access_drawing import drawing
from kube_oidc.report.document import Origin, head
from kube_oidc.report.finding_html import explanations, findings, problems
from kube_oidc.report.grants_html import Tables
from kube_oidc.report.template import Values, render
from kube_oidc.report.words import pluralize

_OPEN: Final = 400  # grants up to which every issuer's table is open


def render_html(report: Access, loaded: Loaded, origin: Origin) -> str:
    """The page. The same input produces the same output."""
    shown = picture(report)
    tables = Tables(report, shown)
    grants = sum(len(holder.grants) for issuer in report.issuers for holder in issuer.holders)
    issuers = [_issuer(issuer, tables, shown, opened=grants <= _OPEN) for issuer in report.issuers]
    sections = list(_sections(report, tables))
    tables.codes |= {one.code for issuer in report.issuers for one in issuer.findings}
    tables.codes |= {one.code for one in report.findings}
    explained, drawn = list(explanations(tables.codes)), drawing(report, shown)
    values = {
        **head(f"Who can do what: {report.file}", ["access.js"], origin),
        "file": report.file,
        "totals": list(_totals(report, loaded, grants)),
        "drawing": [drawn] if drawn else [],
        "issuers": issuers,
        "sections": sections,
        "ofFile": [findings(report.findings)] if report.findings else [],
        "ofObjects": [problems(loaded.problems)] if loaded.problems else [],
        "roles": tables.roles,
        "hasRoles": bool(tables.roles),
        "roleNames": sorted(tables.role_names),
        "namespaces": sorted(tables.namespaces),
        "verbOptions": tables.verbs,
        "explanations": explained,
        "hasExplanations": bool(explained),
    }
    return render("access.html", values)


def _totals(report: Access, loaded: Loaded, grants: int) -> Iterator[Values]:
    holders = sum(len(issuer.holders) for issuer in report.issuers)
    listed = sum(len(issuer.findings) for issuer in report.issuers) + len(report.findings)
    grave = sum(found.severity != "info" for some in report.on_bindings.values() for found in some)
    counts = [
        (len(report.issuers), "issuer", "issuers", False),
        (holders, "user or group with a grant", "users and groups with grants", False),
        (grants, "grant", "grants", False),
        (len(report.unreachable), "name from no issuer", "names from no issuer", True),
        (listed + grave, "finding", "findings", True),
        (len(loaded.problems), "problem in the RBAC files", "problems in the RBAC files", True),
    ]
    for count, one, many, warning in counts:
        if count or not warning:
            yield {"count": count, "noun": one if count == 1 else many, "isWarning": warning}


def _issuer(issuer: Issuer, tables: Tables, shown: Picture, *, opened: bool) -> Values:
    grants = sum(len(holder.grants) for holder in issuer.holders)
    return {
        "position": issuer.position,
        "url": issuer.url,
        "drawnAs": shown.source_of(issuer.position),
        "open": opened,
        "about": ", ".join(
            part for part in (issuer.provider, issuer.field, pluralize(grants, "grant")) if part
        ),
        "audiences": issuer.audiences,
        "conditions": [{"words": one.words, "text": one.text} for one in issuer.conditions],
        "outsiders": "" if issuer.outsiders is None else str(issuer.outsiders),
        "token": _token(issuer),
        "users": issuer.users,
        "groups": issuer.groups,
        "shown": _how_known(issuer),
        **findings(issuer.findings),
        **tables.table(issuer.holders, "No binding has a user or group from this issuer."),
    }


def _token(issuer: Issuer) -> str:
    """The claims of an outsider's token, if one gets in."""
    token = issuer.outsiders and issuer.outsiders.token
    return json.dumps(token, ensure_ascii=False) if token else ""


def _how_known(issuer: Issuer) -> str:
    """How the table was found, and what isn't decided."""
    parts, count = [], len(issuer.holders)
    if count:
        these = "this user or group" if count == 1 else f"each of these {count} users and groups"
        parts.append(f"shown: the authenticator accepts a token that becomes {these}")
    if issuer.untried:
        parts.append(f"not decided: {pluralize(issuer.untried, 'more name')} in bindings, too many to try")
    return "; ".join(parts)


def _sections(report: Access, tables: Tables) -> Iterator[Values]:
    everyone = [
        Holder(one.kind, one.name, own(one)) for one in (*report.everyone, *report.anonymous) if own(one)
    ]
    if everyone:
        yield {
            "id": "everyone",
            "name": "everyone",
            "drawnAs": EVERYBODY,
            "heading": "Every accepted token, and anonymous requests",
            "about": "system:authenticated is every accepted token of every issuer.",
            **tables.table(everyone),
        }
    if report.unreachable:
        yield {
            "id": "unreachable",
            "name": "none",
            "drawnAs": "",
            "heading": "Users and groups from no issuer",
            "about": "For client certificates or another authenticator, or a typo.",
            **tables.table(report.unreachable, drawn=False),
        }
