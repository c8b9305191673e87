"""The JSON Schemas, as files for editors, and their list."""

from __future__ import annotations

from pathlib import Path

from kube_oidc.commands.schema import CONFIGURATION, SCHEMAS, text_of
from kube_oidc.verdict.versions import known_versions

from generate.page import Page


def write(folder: Path) -> None:
    """Writes every schema, that of the configuration also for each minor."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in SCHEMAS:
        (folder / f"{name}.json").write_text(text_of(name), "utf-8")
    for version in known_versions():
        (folder / f"{CONFIGURATION}-{version}.json").write_text(text_of(CONFIGURATION, str(version)), "utf-8")


def page() -> Page:
    """The list, with links to the files."""
    rows = "".join(f"| [{name}.json]({name}.json) | {purpose} |\n" for name, purpose in SCHEMAS.items())
    minors = ", ".join(f"[{version}]({CONFIGURATION}-{version}.json)" for version in known_versions())
    return Page(
        "schemas/index.md",
        "# JSON Schemas\n\nFor editors; see [editor support](../how-to/editors.md). "
        "`kube-oidc schema NAME` prints them.\n\n"
        f"| schema | of |\n|---|---|\n{rows}\n"
        f"`{CONFIGURATION}.json` for one Kubernetes minor, with only its API versions and fields: {minors}.\n",
    )
