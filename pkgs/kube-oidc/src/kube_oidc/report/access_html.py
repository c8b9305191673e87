"""Who may do what, as one page that needs nothing else: no network, no other file, no script to be read.

Names come from files that others wrote: all are escaped, and a policy in the page lets no script run but its own.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from html import escape
from importlib import resources
from typing import Final

from kube_oidc.access.model import Access, Holder, Issuer, power_of
from kube_oidc.access.words import holder_note, own, role_place, role_words, rule_words, where
from kube_oidc.diagnostics import Diagnostic
from kube_oidc.rbac import Grant, Loaded
from kube_oidc.rbac.builtin import is_builtin
from kube_oidc.report.access_drawing import drawing, key
from kube_oidc.report.words import pluralize

_OPEN: Final = 400  # grants up to which every issuer's table is open
_FEW: Final = 4  # rules of a role that are shown at once
_HEAD: Final = (
    '<thead><tr><th class="who">Who</th><th class="may">May</th><th class="where">Where</th>'
    '<th class="by">By</th></tr></thead>'
)


def render_html(report: Access, loaded: Loaded) -> str:
    """The page; the same for the same files."""
    style, script = _static("access.css"), _static("access.js")
    title = f"Who may do what: {report.file}"
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    head = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
    )
    return head + "\n".join(_body(report, loaded)) + f"\n<script>{script}</script>\n</body>\n</html>\n"


def _body(report: Access, loaded: Loaded) -> Iterator[str]:
    grants = sum(len(holder.grants) for issuer in report.issuers for holder in issuer.holders)
    yield "<header>"
    yield f"<h1>Who may do what</h1>\n<p><code>{escape(report.file)}</code></p>"
    yield from _totals(report, loaded, grants)
    yield "</header>\n<main>"
    yield (
        '<form class="find" id="find" role="search" hidden><label for="words">Search</label>'
        '<input id="words" type="search" autocomplete="off" spellcheck="false" '
        'placeholder="user, resource, namespace, role … ( / )"><output for="words" aria-live="polite"></output></form>'
    )
    yield from _drawn(report)
    for issuer in report.issuers:
        yield from _issuer(report, issuer, opened=grants <= _OPEN)
    yield from _everyone(report)
    yield from _unreachable(report)
    yield from _rest(report, loaded)
    yield (
        "</main>\n<footer><p>Made by kube-oidc access. The roles and bindings that every cluster has are counted in; "
        "other authorizers and other ways to authenticate are not.</p></footer>"
    )


def _totals(report: Access, loaded: Loaded, grants: int) -> Iterator[str]:
    holders = sum(len(issuer.holders) for issuer in report.issuers)
    findings = sum(len(issuer.findings) for issuer in report.issuers) + len(report.findings)
    grave = sum(found.severity != "info" for some in report.on_bindings.values() for found in some)
    counts = [
        (len(report.issuers), "issuer", "issuers", ""),
        (holders, "user or group it makes and a binding names", "users and groups that bindings name", ""),
        (grants, "grant", "grants", ""),
        (len(report.unreachable), "name that no issuer makes", "names that no issuer makes", "warn"),
        (findings + grave, "finding", "findings", "warn"),
        (len(loaded.problems), "problem in the RBAC files", "problems in the RBAC files", "warn"),
    ]
    yield '<ul class="totals">'
    for count, one, many, kind in counts:
        if count or not kind:
            yield f'<li class="{kind}"><strong>{count}</strong> {one if count == 1 else many}</li>'
    yield "</ul>"


def _drawn(report: Access) -> Iterator[str]:
    svg = drawing(report)
    if svg:
        yield "<section><h2>From issuer to permission</h2>"
        label = 'role="region" aria-label="Drawing from issuer to permission" tabindex="0"'
        yield f'<div class="drawing scroll" {label}>{svg}</div>'
        yield f'<div class="key soft">{"".join(key())}'
        yield '<span class="sideways">The drawing is wider than this screen: move it sideways.</span></div></section>'


def _issuer(report: Access, issuer: Issuer, *, opened: bool) -> Iterator[str]:
    grants = sum(len(holder.grants) for holder in issuer.holders)
    about = ", ".join(part for part in (issuer.provider, issuer.field, pluralize(grants, "grant")) if part)
    marker = " open" if opened else ""
    yield f'<details class="issuer" id="issuer-{issuer.position}" data-name="{escape(issuer.url)}"{marker}>'
    yield f'<summary><h2>{escape(issuer.url)}</h2><span class="soft">{escape(about)}</span></summary>'
    yield '<div class="body"><dl>'
    yield from _described("Audience", issuer.audiences)
    yield "<dt>Accepts</dt><dd><ul>"
    for condition in issuer.conditions:
        yield f'<li title="{escape(condition.text)}">{escape(condition.words)}</li>'
    yield ("" if issuer.conditions else "<li>every token that it signs</li>") + "</ul></dd>"
    yield from _described("Users", issuer.users or ("no token was found that these rules accept",))
    yield from _described("Groups", issuer.groups or ("none",))
    yield "</dl>"
    yield from _findings(issuer.findings)
    yield from _table(report, issuer.holders, "No binding names a user or group that it makes.")
    if issuer.untried:
        yield f"<p>Of this form, and not tried, for too many were: {pluralize(issuer.untried, 'more name')}.</p>"
    yield "</div></details>"


def _described(title: str, items: Iterable[str]) -> Iterator[str]:
    listed = "".join(f"<li><code>{escape(item)}</code></li>" for item in items)
    yield f"<dt>{title}</dt><dd><ul>{listed}</ul></dd>"


def _everyone(report: Access) -> Iterator[str]:
    holders = [holder for holder in (*report.everyone, *report.anonymous) if own(holder)]
    if not holders:
        return
    yield '<section id="everyone" data-name="everyone"><h2>Every accepted token, or a request without one</h2>'
    yield '<div class="body"><p class="soft">What is bound here reaches whoever any issuer vouches for.</p>'
    yield from _table(report, holders, "")
    yield "</div></section>"


def _unreachable(report: Access) -> Iterator[str]:
    if report.unreachable:
        yield '<section id="unreachable" data-name="no issuer"><h2>No issuer of this file makes these</h2>'
        yield '<div class="body"><p class="soft">Made by client certificates or another authenticator, or a slip.</p>'
        yield from _table(report, report.unreachable, "")
        yield "</div></section>"


def _rest(report: Access, loaded: Loaded) -> Iterator[str]:
    if report.findings:
        yield '<section><h2>Findings on the whole file</h2><div class="body">'
        yield from _findings(report.findings)
        yield "</div></section>"
    if loaded.problems:
        yield '<section><h2>Problems in the RBAC files</h2><div class="body"><ul class="findings">'
        for problem in loaded.problems:
            kind = "error" if problem.refused else "warning"
            yield f'<li class="{kind}">{escape(str(problem))}<pre>{escape(problem.remedy)}</pre></li>'
        yield "</ul></div></section>"


def _findings(findings: Iterable[Diagnostic]) -> Iterator[str]:
    listed = list(findings)
    if listed:
        yield '<ul class="findings">'
        for found in listed:
            line = f", line {found.location.line}" if found.location else ""
            remedy = f"<pre>{escape(found.remedy)}</pre>" if found.remedy else ""
            about = f'<span class="soft">{escape(found.code)}, {escape(found.field)}{line}</span>'
            yield f'<li class="{found.severity}">{escape(found.message)}<br>{about}{remedy}</li>'
        yield "</ul>"


def _table(report: Access, holders: Iterable[Holder], empty: str) -> Iterator[str]:
    rows = [row for holder in holders for row in _rows(report, holder)]
    if not rows:
        yield f'<p class="soft">{empty}</p>'
        return
    yield f"<table>{_HEAD}<tbody>"
    yield from rows
    yield "</tbody></table>"


def _rows(report: Access, holder: Holder) -> Iterator[str]:
    note = holder_note(holder)
    noted = f'<br><span class="soft">{note}</span>' if note else ""
    who = f'<span class="soft">{holder.kind}</span> <code>{escape(holder.name)}</code>{noted}'
    for grant in holder.grants:
        if not (note and is_builtin(grant.binding)) or holder.name == "system:masters":
            yield f'<tr><td data-label="Who">{who}</td>{_cells(grant, report.about(grant))}</tr>'


def _cells(grant: Grant, findings: Iterable[Diagnostic]) -> str:
    power = power_of(grant).name.lower()
    badge = f'<span class="badge {power}">{power}</span>'
    rules = "".join(f"<li>{escape(rule_words(rule))}</li>" for rule in grant.rules)
    may = f"{badge}<ul>{rules}</ul>"
    if len(grant.rules) > _FEW:
        may = f"<details><summary>{badge} {len(grant.rules)} rules</summary><ul>{rules}</ul></details>"
    binding = f"{grant.binding.kind} {grant.binding.name}"
    place = escape(str(grant.binding.place))
    role = escape(role_place(grant.role))
    return (
        f'<td data-label="May"><div class="rules">{may}</div>{_notes(findings)}</td>'
        f'<td data-label="Where">{escape(where(grant))}</td>'
        f'<td data-label="By">{escape(role_words(grant))}<br><span class="soft" title="{role}">'
        f"{escape(binding)}, {place}</span></td>"
    )


def _notes(findings: Iterable[Diagnostic]) -> str:
    """The names of the findings, and what they say where the pointer or the keyboard stays."""
    marks = (
        f'<span class="note {found.severity}" tabindex="0" title="{escape(found.message)}">{escape(found.code)}</span>'
        for found in findings
    )
    listed = " ".join(marks)
    return f'<div class="notes">{listed}</div>' if listed else ""


def _static(name: str) -> str:
    return (resources.files("kube_oidc") / "report" / name).read_text("utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
