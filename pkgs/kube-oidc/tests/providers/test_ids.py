"""A provider's id is in its own file only: no code compares with one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import kube_oidc
import pytest
from kube_oidc.providers.files import providers

PACKAGE: Final = Path(kube_oidc.__file__).parent
MODULES: Final = Path(__file__).parents[4] / "modules"
# Names of others that are spelled like an id: an output format, and the sources of `kube-oidc token`.
OTHER_NAMES: Final = {
    **{
        name: {"github"} for name in ("commands/check.py", "commands/test.py", "report/policy.py")
    },  # --format
    "ci/": {"forgejo", "github", "gitlab", "buildkite", "circleci"},
}


@cache
def places_of_texts() -> dict[str, list[tuple[str, int]]]:
    """Every string in the package's code → the files and lines that have it."""
    places: dict[str, list[tuple[str, int]]] = {}
    for path in PACKAGE.rglob("*.py"):
        file = path.relative_to(PACKAGE).as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                places.setdefault(node.value, []).append((file, node.lineno))
    return places


def without_examples(text: str) -> Iterator[str]:
    """The lines of a Nix file, but for the `example` of an option."""
    end = ""
    for line in text.splitlines():
        begins = re.match(r"( *)example = ([{\[])?(.*)", line)
        if begins and not end:
            end = f"{begins[1]}{'}' if begins[2] == '{' else ']'};" if begins[2] and not begins[3] else ""
        elif end:
            end = "" if line == end else end
        else:
            yield line


@pytest.mark.parametrize("name", sorted(providers()))
def test_no_python_code_names_a_provider(name: str) -> None:
    allowed = tuple(start for start, words in OTHER_NAMES.items() if name in words)
    places = places_of_texts().get(name, [])
    assert [f"{file}:{line}" for file, line in places if not file.startswith(allowed)] == []


@pytest.mark.parametrize("name", sorted(providers()))
def test_no_nix_code_names_a_provider(name: str) -> None:
    if not MODULES.is_dir():
        pytest.skip("modules/ is not here: this is the package's own source")
    found = [
        f"{path.relative_to(MODULES)}: {line.strip()}"
        for path in MODULES.rglob("*.nix")
        for line in without_examples(path.read_text("utf-8"))
        if f'"{name}"' in line
    ]
    assert found == []
