"""One page for each folder of examples/, with its files."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from kube_oidc.providers.files import providers

from generate.page import ROOT, Page, entries

_LANGUAGES: Final = {".nix": "nix", ".yaml": "yaml"}
_MEANING: Final = {
    "configuration.nix": "The NixOS configuration; without NixOS, use the files below.",
    "auth.yaml": "The file for `--authentication-config`, as the module renders it.",
    "rbac.yaml": "The RBAC objects of its grants.",
    "workflow.yaml": "The job that deploys.",
    "kubeconfig.yaml": "The job's kubeconfig, which contains no secret.",
}


def pages() -> list[Page]:
    """The list first, then one page for each example."""
    folders = sorted(path for path in (ROOT / "examples").iterdir() if path.is_dir())
    rows = [f"| [{_title(folder)}]({folder.name}.md) | {_kind(folder)} |\n" for folder in folders]
    index = "# Examples\n\nEvery example is evaluated and checked by the tests.\n\n| example | tokens of |\n|---|---|\n"
    return [Page("examples/index.md", index + "".join(rows)), *map(_page, folders)]


def navigation() -> list[str | dict[str, str]]:
    """The section's entries."""
    return entries(pages())


def _page(folder: Path) -> Page:
    present = sorted(folder.iterdir(), key=lambda file: [*_MEANING, file.name].index(file.name))
    parts = [f"# {_title(folder)}\n"]
    for file in present:
        meaning = _MEANING.get(file.name, "")
        code = file.read_text("utf-8").rstrip()
        parts.append(
            f"\n## {file.name}\n\n{meaning}\n\n```{_LANGUAGES.get(file.suffix, 'text')}\n{code}\n```\n"
        )
    return Page(f"examples/{folder.name}.md", "".join(parts), label=_title(folder))


def _title(folder: Path) -> str:
    facts = providers().get(folder.name)
    return str(facts["title"]) if facts else folder.name.replace("-", " ").capitalize()


def _kind(folder: Path) -> str:
    facts = providers().get(folder.name)
    return "people" if facts and facts["kind"] == "people" else "jobs"
