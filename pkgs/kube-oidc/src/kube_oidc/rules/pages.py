"""The user's page of a finding, from its folder's page.md: for `--explain`, SARIF and docs/findings.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from kube_oidc.data import folder
from kube_oidc.rules.engine.finding import RuleMetadata
from kube_oidc.rules.engine.registry import config_rules, folder_of, known_ids
from kube_oidc.rules.engine.run_grant_rules import grant_rules

_MAX_SUMMARY: Final = 1000  # characters, for SARIF's fullDescription


@dataclass(frozen=True, slots=True)
class Page:
    """`summary`: the first paragraphs; `text`: for a terminal; `markdown`: for a browser; `body`: without facts."""

    id: str
    title: str
    severity: str
    confidence: str
    source: str
    summary: str
    text: str
    markdown: str
    body: str


def page_of(code: str) -> Page | None:
    """Returns the page of the finding with this id; None if there is no such finding."""
    if code not in known_ids():
        return None
    return next(_page(rule) for rule in _metadata() if rule.id == code)


def document() -> str:
    """Returns docs/findings.md: every finding, the most severe first."""
    on_configurations = [each.RULE for each in config_rules()]
    on_grants = [each.RULE for each in grant_rules()]
    parts = [HEAD, "## Configuration\n\n", *map(_entry, on_configurations)]
    parts += [
        "\n## RBAC\n\nReported by `check --rbac`, `check --live` and the NixOS module:\n\n",
        *map(_entry, on_grants),
    ]
    parts += [f"\n## {rule.id}\n\n{_page(rule).markdown}" for rule in (*on_configurations, *on_grants)]
    return "".join(parts)


HEAD: Final = """# Findings

`kube-oidc check` reports these risks in configurations that kube-apiserver accepts. This page is generated
from the rules in `pkgs/kube-oidc/src/kube_oidc/rules/`.

If a risk is acceptable, suppress the finding and say why: with the comment `# kube-oidc: ignore ID reason`
on the same line or on the line above, or in the NixOS module with
`services.kube-oidc.acknowledgedFindings."ID" = "reason"`. `kube-oidc check --ignore ID` suppresses a
finding in all files. `kube-oidc check --explain ID` prints its page.

Findings with low confidence are reported as information and never fail a check, not even with `--strict`.
`nixos-rebuild switch` prints the others as warnings; with `services.kube-oidc.failOnFindings` they fail
the build.

"""


def _metadata() -> Iterator[RuleMetadata]:
    yield from (each.RULE for each in config_rules())
    yield from (each.RULE for each in grant_rules())


def _entry(rule: RuleMetadata) -> str:
    return f"- [`{rule.id}`](#{rule.id}): {rule.title}\n"


def _page(rule: RuleMetadata) -> Page:
    text = (folder("rules") / folder_of(rule.id) / "page.md").read_text("utf-8").strip()
    facts = f"severity {rule.severity}, confidence {rule.confidence}, source: {rule.source}"
    return Page(
        rule.id,
        rule.title,
        str(rule.severity),
        str(rule.confidence),
        rule.source,
        " ".join(" ".join(text.split("\n\n")[:2]).split())[:_MAX_SUMMARY],
        f"{rule.id}: {rule.title}\n\n{_plain(text)}\n\n{facts}\n",
        f"**{rule.title}.** {text}\n\n{facts[0].upper()}{facts[1:]}\n",
        text,
    )


def _plain(markdown: str) -> str:
    """For a terminal: code blocks are indented instead of fenced."""
    return "\n".join(_indented(markdown.split("\n")))


def _indented(lines: Iterable[str]) -> Iterator[str]:
    inside = False
    for line in lines:
        if line.startswith("```"):
            inside = not inside
        else:
            yield f"    {line}" if inside and line else line


if __name__ == "__main__":
    print(document(), end="")  # noqa: T201 - writes docs/findings.md
