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
    """`summary` is the first paragraphs, `text` the whole for a terminal, `markdown` for a browser."""

    id: str
    title: str
    severity: str
    confidence: str
    source: str
    summary: str
    text: str
    markdown: str


def page_of(code: str) -> Page | None:
    """Returns the page of the finding with this id; None if there is no such finding."""
    if code not in known_ids():
        return None
    return next(_page(rule) for rule in _metadata() if rule.id == code)


def document() -> str:
    """Returns docs/findings.md: every finding, the most severe first."""
    on_configurations = [each.RULE for each in config_rules()]
    on_grants = [each.RULE for each in grant_rules()]
    parts = [_HEAD, "On the configuration:\n\n", *map(_entry, on_configurations)]
    parts += ["\nOn RBAC objects, with `--rbac` and at build:\n\n", *map(_entry, on_grants)]
    parts += [f"\n## {rule.id}\n\n{_page(rule).markdown}" for rule in (*on_configurations, *on_grants)]
    return "".join(parts)


_HEAD: Final = """# Findings

What kube-apiserver accepts and `kube-oidc check` warns of. Each is a folder under
`pkgs/kube-oidc/src/kube_oidc/rules/`; this page is generated from them.

Where the risk is meant, a comment on the line or on the line above waives the finding, with a reason:
`# kube-oidc: ignore ID reason`; with the NixOS module it is
`services.kube-oidc.acknowledgedFindings."ID" = "reason"`. `kube-oidc check --ignore ID` leaves a finding
out everywhere, and `kube-oidc check --explain ID` prints its page.

What is of low confidence is told as information and never fails a check, not even with `--strict`.
`nixos-rebuild switch` prints the others as warnings, and `services.kube-oidc.failOnFindings` makes them
fail the build.

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
