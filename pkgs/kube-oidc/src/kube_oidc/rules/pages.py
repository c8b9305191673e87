"""The user's page of a finding, from its file's docstring: for `--explain`, SARIF and
docs/findings.md."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Final

from kube_oidc.rules import IDS, MODULES, Module, rbac
from kube_oidc.rules.rbac import GrantModule

_EVERY: Final[tuple[Module | GrantModule, ...]] = (*MODULES, *rbac.MODULES)


@dataclass(frozen=True, slots=True)
class Page:
    """`summary` is the first lines, `text` the whole for a terminal, `markdown` for a browser."""

    id: str
    title: str
    severity: str
    confidence: str
    source: str
    summary: str
    text: str
    markdown: str


def page_of(code: str) -> Page | None:
    """The page of the finding with this id; None where there is none."""
    return next((_page(module) for module in _EVERY if code == module.ABOUT.id), None)


def document() -> str:
    """docs/findings.md: every finding, in the registry's order."""
    parts = [_HEAD, "On the configuration:\n\n", *map(_entry, MODULES)]
    parts += ["\nOn RBAC objects, with `--rbac` and at build:\n\n", *map(_entry, rbac.MODULES)]
    parts += [f"\n## {module.ABOUT.id}\n\n{_page(module).markdown}" for module in _EVERY]
    return "".join(parts)


def _entry(module: Module | GrantModule) -> str:
    return f"- [`{module.ABOUT.id}`](#{module.ABOUT.id}): {module.ABOUT.title}\n"


_HEAD = """# Findings

What kube-apiserver accepts and `kube-oidc check` warns of. Each is a file under
`pkgs/kube-oidc/src/kube_oidc/rules/`; this page is generated from them.

Where the risk is meant, a comment on the line or on the line above waives the finding, with a reason:
`# kube-oidc: ignore ID reason`; with the NixOS module it is
`services.kube-oidc.acknowledgedFindings."ID" = "reason"`. `kube-oidc check --ignore ID` leaves a finding
out everywhere, and `kube-oidc check --explain ID` prints its page.

What is of low confidence is told as information and never fails a check, not even with `--strict`.
`nixos-rebuild switch` prints the others as warnings, and `services.kube-oidc.failOnFindings` makes them
fail the build.

"""


_NIXOS = "With the NixOS module, for example:"


def _page(module: Module | GrantModule) -> Page:
    about, text = module.ABOUT, (module.__doc__ or "").strip()
    facts = f"severity {about.severity}, confidence {about.confidence}, source: {about.source}"
    return Page(
        about.id,
        about.title,
        str(about.severity),
        str(about.confidence),
        about.source,
        " ".join(" ".join(text.split("\n\n")[:2]).split())[:1000],
        f"{about.id}: {about.title}\n\n{text}\n\n{_NIXOS}\n\n    {about.nixos}\n\n{facts}\n",
        f"**{about.title}.** {_markdown(text)}\n\n{_NIXOS}\n\n```nix\n{about.nixos}\n```\n\n"
        f"{facts[0].upper()}{facts[1:]}\n",
    )


def _markdown(text: str) -> str:
    """The docstring with its indented examples as YAML blocks."""
    lines: list[str] = []
    inside = False
    for paragraph in text.split("\n\n"):
        indented = paragraph.startswith("    ")
        if indented and not inside:
            lines.append("```yaml")
        elif not indented and inside:
            lines.append("```\n")
        lines.append(paragraph if not indented else "\n".join(line[4:] for line in paragraph.split("\n")))
        if not indented:
            lines.append("")
        inside = indented
    if inside:
        lines.append("```")
    return "\n".join(lines).strip()


def ids() -> str:
    """ids.json: the ids alone, sorted, for the NixOS module."""
    return json.dumps(sorted(IDS | rbac.IDS), indent=2) + "\n"


if __name__ == "__main__":
    print(ids() if "--ids" in sys.argv else document(), end="")  # noqa: T201 - writes docs/findings.md, ids.json
