"""`who-can` as text and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from kube_oidc.access.who_can import Allowed
from kube_oidc.rbac import Loaded, Request
from kube_oidc.rbac.question import described
from kube_oidc.report import printable
from kube_oidc.report.words import pluralize

VERSION: Final = 1
_HEAD: Final = ("WHO", "ISSUER", "BY", "ROLE")


def render_text(request: Request, allowed: Sequence[Allowed], loaded: Loaded) -> str:
    """The question, a table of everyone, what could not be read, and their number."""
    rows = [_HEAD, *map(_row, allowed)]
    if all(each.issuers is None for each in allowed):
        rows = [(who, *rest) for who, _, *rest in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [f"who can {described(request)}?"]
    lines += [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    lines += [f"not read: {problem} ({problem.remedy})" for problem in loaded.problems if problem.refused]
    lines.append(f"{pluralize(len(allowed), 'subject')}")
    return "".join(f"{printable.line(line)}\n" for line in lines)


def _row(each: Allowed) -> tuple[str, ...]:
    who = f"{each.kind} {each.name}"
    issuer = "" if each.issuers is None else ", ".join(each.issuers) or "-"
    if each.grant is None:
        return (who, issuer, "kube-apiserver itself", "everything")
    binding = each.grant.binding
    place = f" ({binding.place})" if binding.place.line else ""
    return (who, issuer, f"{binding}{place}", f"{binding.role_kind} {binding.role_name}")


def render_json(request: Request, allowed: Sequence[Allowed], loaded: Loaded) -> str:
    """`issuers` is null without a configuration, `binding` and `role` for `system:masters`."""
    document = {
        "version": VERSION,
        "question": described(request),
        "subjects": list(map(_subject, allowed)),
        "problems": list(_problems(loaded)),
    }
    return printable.json_text(document, indent=2) + "\n"


def _subject(each: Allowed) -> dict[str, Any]:
    binding = each.grant.binding if each.grant else None
    return {
        "kind": each.kind,
        "name": each.name,
        "issuers": None if each.issuers is None else list(each.issuers),
        "binding": binding and {"kind": binding.kind, "name": binding.name, "namespace": binding.namespace},
        "role": binding and {"kind": binding.role_kind, "name": binding.role_name},
        "place": str(binding.place) if binding else "",
    }


def _problems(loaded: Loaded) -> Iterator[str]:
    yield from (f"{problem} ({problem.remedy})" for problem in loaded.problems if problem.refused)
