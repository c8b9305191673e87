"""Finds and reads workflow files: .forgejo/workflows, .github/workflows, .gitlab-ci.yml."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from kube_oidc.inputs.embedded import Text
from kube_oidc.inputs.yaml_nodes import at, documents
from kube_oidc.jobs import actions, gitlab
from kube_oidc.jobs.model import Forge, Job

_SUFFIXES: Final = (".yml", ".yaml")
MAX_BYTES: Final = 1 << 20


class WorkflowError(Exception):
    """The file isn't a workflow that can be read; the message says why."""


def files_of(path: Path) -> list[Path]:
    """The workflows in a folder, or the file itself."""
    if not path.is_dir():
        return [path]
    return sorted(each for each in path.rglob("*") if each.suffix in _SUFFIXES and each.is_file())


def jobs_of(path: Path, forge: Forge | None) -> list[Job]:
    """The jobs of a workflow; `forge` if its path doesn't say whose it is. WorkflowError if it can't be read."""
    import yaml  # noqa: PLC0415 - 40 ms

    try:
        data = path.read_bytes()
    except OSError as error:
        raise WorkflowError(f"cannot read {path}: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise WorkflowError(f"{path} is larger than {MAX_BYTES >> 20} MiB")
    try:
        roots = documents(Text.whole(data.decode("utf-8", "replace")))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}" if mark else str(path)
        raise WorkflowError(f"{place}: not valid YAML: {getattr(error, 'problem', None) or error}") from None
    if len(roots) != 1:
        raise WorkflowError(f"{path} is not a workflow: expected one YAML document")
    return list(_jobs(path, roots[0], forge))


def _jobs(path: Path, root: Any, forge: Forge | None) -> Iterator[Job]:
    name = path.as_posix()
    if "gitlab-ci" in path.name or forge is Forge.GITLAB:
        return gitlab.jobs(name, root)
    if at(root, "jobs") is None:
        raise WorkflowError(f"{path} is not a workflow: it has no `jobs`")
    if ".forgejo" in path.resolve().parts or ".gitea" in path.resolve().parts:
        forge = Forge.FORGEJO
    elif ".github" in path.resolve().parts and forge is not Forge.FORGEJO:
        forge = Forge.GITHUB
    return actions.jobs(name, root, forge or Forge.GITHUB)
