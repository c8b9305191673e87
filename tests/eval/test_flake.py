"""The flake's outputs, as far as they evaluate with only nixpkgs' library, and its lock file."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[2]
SYSTEMS: Final = ["aarch64-darwin", "aarch64-linux", "x86_64-linux"]

FILTER: Final = (
    "(keep: set: removeAttrs set (builtins.filter (name: !(keep name set.${name})) (builtins.attrNames set)))"
)

# Found in two public flakes; its narHash was compared with a third source.
LOCKED: Final = {
    "lastModified": 1787101114,
    "narHash": "sha256-gwrPcFf/rDjHPaVflbDZ040ZDmBTRj/7+s8ZmE2SaIM=",
    "owner": "NixOS",
    "repo": "nixpkgs",
    "rev": "b18a4b905f8d028dc4476412e6d6891728695379",
    "type": "github",
}


@pytest.fixture
def output(nix: Callable[..., CompletedProcess[str]], tmp_path: Path) -> Callable[..., Any]:
    """The value of an output, with a nixpkgs that consists of its library."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a git work tree: the flake is not evaluated")
    found = nix("nix-instantiate", "--find-file", "nixpkgs/lib").stdout.strip()
    inputs = tmp_path / "nixpkgs"
    inputs.mkdir()
    shutil.copytree(found, inputs / "lib", symlinks=True)
    for file in ("nixpkgs.nix", "pkgs.nix"):
        shutil.copy(ROOT / "tests/eval" / file, inputs)
    systems = " ".join(f'"{system}"' for system in SYSTEMS)
    (inputs / "flake.nix").write_text(f"""
        {{
          outputs = _: let lib = import ./lib; in {{
            inherit lib;
            legacyPackages = lib.genAttrs [ {systems} ] (
              system: import ./nixpkgs.nix {{ inherit lib system; }}
            );
          }};
        }}
    """)

    def value(name: str, apply: str = "value: value") -> Any:
        answer = nix(
            "nix", "eval", "--json", "--override-input", "nixpkgs", f"path:{inputs}", "--no-write-lock-file",
            f".#{name}", "--apply", apply,
        )  # fmt: skip
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)

    return value


def test_lock_is_genuine() -> None:
    lock = json.loads((ROOT / "flake.lock").read_text())
    assert lock["nodes"]["nixpkgs"]["locked"] == LOCKED
    original = {"owner": "NixOS", "ref": "nixos-26.05", "repo": "nixpkgs", "type": "github"}
    assert lock["nodes"]["nixpkgs"]["original"] == original
    assert (lock["version"], lock["root"]) == (7, "root")


def test_one_public_input(nix: Callable[..., CompletedProcess[str]]) -> None:
    answer = nix(
        "nix-instantiate", "--eval", "--strict", "--json", "--expr",
        f"(import {ROOT}/flake.nix).inputs",
    )  # fmt: skip
    assert json.loads(answer.stdout) == {"nixpkgs": {"url": "github:NixOS/nixpkgs/nixos-26.05"}}


def test_modules(output: Callable[..., Any]) -> None:
    is_file = 'set: builtins.mapAttrs (_: path: builtins.pathExists (path + "/default.nix")) set'
    assert output("nixosModules", is_file) == {"default": True, "kube-oidc": True}


def test_templates(output: Callable[..., Any]) -> None:
    is_flake = 'set: builtins.mapAttrs (_: entry: builtins.pathExists (entry.path + "/flake.nix")) set'
    assert output("templates", is_flake) == {"default": True, "forgejo": True, "k3s": True}


@pytest.mark.parametrize("name", ["packages", "apps", "checks", "devShells", "formatter"])
def test_every_system_has_its_outputs(name: str, output: Callable[..., Any]) -> None:
    assert output(name, "builtins.attrNames") == SYSTEMS


@pytest.mark.parametrize("system", SYSTEMS)
def test_packages(system: str, output: Callable[..., Any]) -> None:
    names = output(f"packages.{system}", "builtins.mapAttrs (_: package: package.pname or package.name)")
    zipapp = names.pop("zipapp")
    assert zipapp.startswith("kube-oidc-zipapp-")
    assert names == {"default": "kube-oidc", "kube-oidc": "kube-oidc", "site": "kube-oidc-site"}


@pytest.mark.parametrize("system", SYSTEMS)
def test_apps(system: str, output: Callable[..., Any]) -> None:
    programs = output(f"apps.{system}", "builtins.mapAttrs (_: app: baseNameOf app.program)")
    demo = {} if "darwin" in system else {"demo": "kube-oidc-demo"}
    assert programs == {"default": "kube-oidc"} | demo


@pytest.mark.parametrize("system", SYSTEMS)
def test_checks(system: str, output: Callable[..., Any]) -> None:
    """The module's evaluation with NixOS itself needs nixpkgs: only the names are evaluated."""
    names = set(output(f"checks.{system}", "builtins.attrNames"))
    wanted = {"kube-oidc", "kube-oidc-site", "kube-oidc-zipapp", "formatting"}
    if "linux" in system:
        wanted |= {f"vm-{path.stem}" for path in (ROOT / "tests/vm").glob("*.nix") if path.stem != "fixtures"}
        wanted |= {f"example-{path.parent.name}" for path in (ROOT / "examples").glob("*/configuration.nix")}
    assert {name for name in names if not name.startswith("module-")} == wanted
    machines = {f"module-{path.stem}" for path in (ROOT / "tests/eval/nixos").glob("*.nix")}
    groups = machines | {"module-post", "module-cases"} if "linux" in system else set()
    assert {name for name in names if name.startswith("module-")} == groups


@pytest.mark.parametrize("system", ["aarch64-linux", "x86_64-linux"])
def test_every_example_is_checked(system: str, output: Callable[..., Any]) -> None:
    """The examples' checks evaluate to derivations: nothing in them is stale or fails an assertion."""
    is_example = 'name: _: builtins.match "example-.*" name != null'
    pick = f"checks: map (check: check.type) (builtins.attrValues ({FILTER} ({is_example}) checks))"
    assert set(output(f"checks.{system}", pick)) == {"derivation"}


@pytest.mark.parametrize("system", SYSTEMS)
def test_shell(system: str, output: Callable[..., Any]) -> None:
    packages = output(f"devShells.{system}.default", "shell: map (package: package.name) shell.packages")
    assert {"python3", "go", "gnumake", "nixfmt"} <= set(packages)


def test_overlay(output: Callable[..., Any]) -> None:
    assert output("overlays.default", "builtins.isFunction") is True


TEMPLATES: Final = sorted(path.parent.name for path in (ROOT / "templates").glob("*/configuration.nix"))


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_is_accepted(name: str, evaluate: Callable[[str], Any]) -> None:
    machine = {"forgejo": "evaluate.master", "k3s": "evaluate.k3s"}[name]
    configuration = ROOT / "templates" / name / "configuration.nix"
    assert evaluate(f"evaluate.refusals [ {machine} {configuration} ]") == []


@pytest.mark.parametrize(
    "file",
    [path.relative_to(ROOT) for path in sorted(ROOT.rglob("*.nix")) if ".venv" not in path.parts],
    ids=str,
)
def test_every_nix_file_parses(file: Path, nix: Callable[..., CompletedProcess[str]]) -> None:
    parsed = nix("nix-instantiate", "--parse", str(ROOT / file))
    assert parsed.returncode == 0, parsed.stderr


def test_every_nix_file_is_formatted() -> None:
    if shutil.which("nixfmt") is None:
        pytest.skip("nixfmt not found: the format of the .nix files is not checked")
    files = [str(path) for path in sorted(ROOT.rglob("*.nix")) if ".venv" not in path.parts]
    checked = subprocess.run(["nixfmt", "--check", *files], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
