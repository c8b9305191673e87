"""What the tests here share: Nix' answers (where it is missing they are skipped by name), machines, units."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from e2e.harness import certificates, cluster, internet, serving
from e2e.harness.machine import Machine, Unit, Units
from e2e.harness.placing import renamed

HERE: Final = Path(__file__).parent
EXAMPLE: Final = HERE.parents[1] / "examples/forgejo/auth.yaml"
HOST: Final = "git.technowizardry.net"
NOT_CASES: Final = set(json.loads((HERE / "not-cases.json").read_text()))
TIMEOUT: Final = 300


@dataclass(frozen=True)
class Case:
    """One `lib.runTests` case: `failure` holds `expected` and `result` where they differ, `error` is Nix'."""

    file: str
    name: str
    failure: dict[str, Any] | None = None
    error: str | None = None


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """A nix command in this repository; flakes are on and nothing is written to the lock file."""
    settings = "experimental-features = nix-command flakes\n" + os.environ.get("NIX_CONFIG", "")
    environment = {**os.environ, "NIX_CONFIG": settings}
    root = HERE.parents[1]
    return subprocess.run(
        words, cwd=root, env=environment, capture_output=True, text=True, timeout=TIMEOUT, check=False
    )


@functools.cache
def why_not() -> str | None:
    """Why nothing can be evaluated on this machine, or None."""
    if shutil.which("nix-instantiate") is None:
        return "nix is not on this machine (nix-instantiate): the module is not evaluated"
    found = run("nix-instantiate", "--find-file", "nixpkgs/lib")
    if found.returncode != 0:
        return "nixpkgs' library is not on this machine (<nixpkgs/lib>): the module is not evaluated"
    return None


@functools.cache
def cases(file: str) -> tuple[Case, ...]:
    """Every case of a file; one case called `evaluates` with Nix' error where the file does not evaluate."""
    if why_not() is not None:
        return (Case(file, "skipped"),)
    answer = run(
        "nix-instantiate", "--eval", "--strict", "--json", "--show-trace",
        str(HERE / "driver.nix"), "--arg", "file", str(HERE / f"{file}.nix"),
    )  # fmt: skip
    if answer.returncode != 0:
        return (Case(file, "evaluates", error=answer.stderr),)
    result = json.loads(answer.stdout)
    failures = {failure["name"]: failure for failure in result["failures"]}
    return tuple(Case(file, name, failures.get(name)) for name in result["names"])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        files = sorted(path.stem for path in HERE.glob("*.nix") if path.stem not in NOT_CASES)
        found = [case for file in files for case in cases(file)]
        metafunc.parametrize("case", found, ids=[f"{case.file}-{case.name}" for case in found])


@pytest.fixture
def nix() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a nix command; the test is skipped by name where there is no nix."""
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    return run


@pytest.fixture
def evaluate(nix: Callable[..., subprocess.CompletedProcess[str]]) -> Callable[[str], Any]:
    """The value of a Nix expression in which `lib` and `evaluate` (evaluate.nix) are at hand."""

    def value(expression: str) -> Any:
        library = (
            f"let lib = import <nixpkgs/lib>; evaluate = import {HERE}/evaluate.nix {{ inherit lib; }}; in "
        )
        answer = nix("nix-instantiate", "--eval", "--strict", "--json", "--expr", library + expression)
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)

    return value


@pytest.fixture(scope="session")
def machines(binaries: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Machine]]:
    """Two API servers on one store, both with the example's file, each on a machine of its own."""
    folder = tmp_path_factory.mktemp("units")
    authority = certificates.Authority("authority", folder)
    with ExitStack() as stack:
        # A reload waits for the issuer's discovery, so the issuer has to be there.
        forgejo = stack.enter_context(serving.serve(HOST, authority))
        proxy = stack.enter_context(internet.proxy({f"{HOST}:443": forgejo.port}))
        outside = {"HTTPS_PROXY": proxy, "SSL_CERT_FILE": str(authority.certificate)}
        site = cluster.Site(folder, binaries, authority, outside)
        key = certificates.private_pem(rsa.generate_private_key(65537, 2048))
        certificates.write_secret(site.service_accounts, key)
        etcd = stack.enter_context(cluster.store(site))
        started = []
        for name in ("first", "second"):
            server = stack.enter_context(cluster.api_server(site, name, etcd, EXAMPLE.read_bytes(), renamed))
            started.append(Machine(server, folder / f"{name}-machine", binaries))
        yield started


@pytest.fixture
def unit(evaluate: Callable[[str], Any]) -> Units:
    """A unit of a master, by its name, with these settings of services.kube-oidc."""

    def find(name: str, settings: str = "") -> Unit:
        found = evaluate(f"""
          let
            unit = (evaluate.machine [
              evaluate.master evaluate.forgejo (evaluate.oidc {{ {settings} }})
            ]).systemd.services.{name};
          in
          {{
            inherit (unit) script;
            environment = lib.mapAttrs (_: value: value.config or value) unit.environment;
          }}
        """)
        return Unit(**found)

    return find
