"""Kubernetes minors: each difference has a name, and each known minor has recorded answers."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kube_oidc
import pytest
from kube_oidc.verdict.versions import (
    NEWEST,
    OLDEST,
    Difference,
    KubernetesVersion,
    known_versions,
    requested,
)

PACKAGE = Path(kube_oidc.__file__).parent
DATA: dict[str, Any] = json.loads((PACKAGE / "verdict" / "versions.json").read_text("utf-8"))
NAMES = sorted(DATA["differences"])
# Of images, of certificates, of forges.
OTHER_VERSIONS = {"verdict/cel/functions/semver.py", "verdict/golang/x509.py", "providers/runs.py"}


def sources() -> Iterator[tuple[str, str]]:
    """Every module but versions.py: its path and its text."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if name != "verdict/versions.py":
            yield name, path.read_text("utf-8")


def test_every_difference_has_one_entry() -> None:
    assert sorted(difference.value for difference in Difference) == NAMES
    for difference in Difference:
        assert difference.name == difference.value.upper().replace("-", "_")


@pytest.mark.parametrize("name", NAMES)
def test_an_entry_says_what_since_when_and_where(name: str) -> None:
    entry = DATA["differences"][name]
    assert set(entry) == {"since", "what", "source"}
    assert OLDEST < KubernetesVersion.parse(entry["since"]) <= NEWEST
    assert entry["what"]
    assert "\n" not in entry["what"]
    assert re.search(r"(k8s\.io|cel-go|go-oidc|Go) ?", entry["source"])


def test_every_difference_is_looked_up() -> None:
    text = "".join(text for _, text in sources())
    unused = [difference.name for difference in Difference if f"Difference.{difference.name}" not in text]
    assert unused == []


def comparisons(text: str) -> Iterator[str]:
    """Where a module compares versions by itself, or makes one of numbers."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Attribute(attr="minor") | ast.Call(func=ast.Name("KubernetesVersion")):
                yield ast.unparse(node)
            case ast.Compare(left, ops, comparators):
                ordered = any(isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for op in ops)
                sides = [ast.unparse(side) for side in (left, *comparators)]
                if ordered and any(
                    re.search(r"(?:\bversion|\bminor|OLDEST|NEWEST)$", side) for side in sides
                ):
                    yield ast.unparse(node)


@pytest.mark.slow
def test_no_other_module_compares_versions() -> None:
    found = {name: list(comparisons(text)) for name, text in sources() if name not in OTHER_VERSIONS}
    assert {name: places for name, places in found.items() if places} == {}


@pytest.mark.parametrize(
    "text",
    ["version < KubernetesVersion(1, 31)", "self.version >= _V1_31", "version.minor > 30", "OLDEST <= asked"],
)
def test_a_comparison_is_found(text: str) -> None:
    assert list(comparisons(text))


def test_every_known_minor_has_recorded_answers() -> None:
    """A minor is known only if Kubernetes' own code answered: see CONTRIBUTING.md, "Add a Kubernetes minor"."""
    rows = (Path(__file__).parent / "cel" / "expressions.jsonl").read_text("utf-8").splitlines()
    recorded = [_minors(json.loads(row)["answers"]) for row in rows]
    assert set().union(*recorded) == {version.minor for version in known_versions()}
    for version in known_versions():
        assert sum(version.minor in minors for minors in recorded) > 0.9 * len(rows), version


def _minors(answers: dict[str, Any]) -> set[int]:
    """{"30-31 33": answer} as {30, 31, 33}."""
    found: set[int] = set()
    for part in " ".join(answers).split():
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


@pytest.mark.parametrize("text", ["1.29", "v1.20.4"])
def test_an_old_version_is_refused_with_the_first_supported_one(text: str) -> None:
    with pytest.raises(ValueError, match=rf"requires Kubernetes {OLDEST} or later"):
        requested(text)


def test_a_newer_minor_has_what_the_newest_has() -> None:
    assert all(KubernetesVersion(1, NEWEST.minor + 1).has(difference) for difference in Difference)


FILE = """apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer: {url: https://issuer.example, audiences: [a]}
  claimMappings:
    username: {expression: '"x:" + claims.sub.reversed()'}
"""


@pytest.mark.slow
def test_a_new_minor_is_data_only(tmp_path: Path) -> None:
    """A copy of the package in which only data files know a minor more, and a function that it brings."""
    copy = tmp_path / "kube_oidc"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    added = f"{NEWEST.major}.{NEWEST.minor + 1}"
    versions, declarations = copy / "verdict/versions.json", copy / "verdict/cel/declarations.txt"
    versions.write_text(json.dumps(DATA | {"newest": added}), encoding="utf-8")
    line = f"reversed string_reversed string.() -> string ; {added}\n"
    text = declarations.read_text("utf-8")
    declarations.write_text(text.replace("[strings]\n", f"[strings]\n{line}"), encoding="utf-8")
    assert line in declarations.read_text("utf-8")
    file = tmp_path / "auth.yaml"
    file.write_text(FILE, encoding="utf-8")

    def check(version: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "kube_oidc", "check", str(file), "--kubernetes-version", version]
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)

    known, before, newer = check(added), check(str(NEWEST)), check(f"{NEWEST.major}.{NEWEST.minor + 2}")
    assert "undeclared reference to 'reversed'" in before.stdout
    assert "undeclared" not in known.stdout
    assert known.returncode in (0, 1), known.stderr
    assert f"Kubernetes {added} is newer" not in known.stdout
    assert f"the rules of {added} were used" in newer.stdout
