"""The packages' build scripts, run in a temporary folder with this machine's programs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "pkgs/kube-oidc"
PROGRAMS: Final = Path(sys.executable).parent
SHARE: Final = (
    "share/bash-completion/completions/kube-oidc",
    "share/fish/vendor_completions.d/kube-oidc.fish",
    "share/man/man1/kube-oidc.1",
    "share/zsh/site-functions/_kube-oidc",
)


def build(script: str, source: Path, out: Path) -> None:
    """Runs a phase as the standard environment does: in the source, with $out, without PYTHONPATH."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {
        "out": str(out),
        "SOURCE_DATE_EPOCH": "86400",
        "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run(
        ["bash", "-e", "-u", "-c", script],
        cwd=source, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_package_has_completions_and_a_man_page(evaluate: Callable[[str], Any], tmp_path: Path) -> None:
    for program in ("kube-oidc", "argparse-manpage"):
        if shutil.which(program, path=PROGRAMS) is None:
            pytest.skip(f"{program} is not installed: the package's files are not made")
    script = evaluate("""
      (import ./pkgs/kube-oidc/package.nix {
        inherit lib;
        stdenv = rec { buildPlatform.canExecute = _: true; hostPlatform = buildPlatform; };
        python3Packages = lib.genAttrs [
          "argparse-manpage" "cryptography" "hypothesis" "jsonschema" "kubernetes" "pyjwt" "pytestCheckHook" "pyyaml"
          "setuptools" "shtab"
        ] (name: name) // {
          buildPythonApplication = attributes: attributes;
          python.sitePackages = "lib/python3/site-packages";
        };
      }).postInstall
    """)
    out = tmp_path / "out"
    (out / "bin").mkdir(parents=True)
    (out / "bin/kube-oidc").symlink_to(PROGRAMS / "kube-oidc")
    build(script, PACKAGE, out)
    made = sorted(str(path.relative_to(out)) for path in (out / "share").rglob("*") if path.is_file())
    assert made == list(SHARE)
    version = subprocess.run([out / "bin/kube-oidc", "--version"], capture_output=True, text=True, check=True)
    page = (out / SHARE[2]).read_text().replace("\\-", "-")
    assert f'"1970-01-02" "{version.stdout.strip()}"' in page, (
        "the page has the version, and no time of its own"
    )


def test_zipapp_runs_with_python_only(evaluate: Callable[[str], Any], tmp_path: Path) -> None:
    script = evaluate("""
      import ./pkgs/kube-oidc/zipapp.nix {
        inherit lib;
        python3 = "python3";
        runCommand = _: _: script: script;
      }
    """)
    # Evaluation knows the source's store path, but doesn't copy it.
    here, count = re.subn(r"/nix/store/[a-z0-9]{32}-[^/\s]+", str(PACKAGE), script)
    assert count == 1
    build(here, tmp_path, tmp_path / "out")
    [file] = (tmp_path / "out").rglob("*.*")
    assert file.name == "kube-oidc.pyz"
    assert os.access(file, os.X_OK)
    # -S -I: no library of this machine is found.
    said = subprocess.run(
        [sys.executable, "-S", "-I", file, "token", "--help"], capture_output=True, text=True, check=True
    )
    assert "--audience" in said.stdout
    assert file.read_bytes().startswith(b"#!/usr/bin/env python3\n")
    names = zipfile.ZipFile(file).namelist()
    assert "kube_oidc/providers/forgejo.json" in names
    assert not [name for name in names if name.endswith((".pyc", ".pyi"))]


def test_site_is_built_by_mkdocs(evaluate: Callable[[str], Any], tmp_path: Path) -> None:
    environment = ROOT / "build/site-venv"
    if not (environment / "bin/mkdocs").exists():
        pytest.skip(
            "mkdocs-material is not installed (make site installs it): the site's package is not built"
        )
    script = evaluate(f"""
      import ./pkgs/site.nix {{
        inherit lib;
        python3.withPackages = select: builtins.seq (select {{ mkdocs-material = 1; pyyaml = 2; }}) "{environment}";
        runCommand = _: _: script: script;
      }}
    """)
    here, count = re.subn(r"/nix/store/[a-z0-9]{32}-kube-oidc-site-source", str(ROOT), script)
    assert count == 1
    build(here, tmp_path, tmp_path / "out")
    assert (tmp_path / "out/findings/system-groups.html").exists()
