"""A failed build, by real Nix: the last 10 lines of its log say which option is wrong, why, and what to do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from eval.conftest import HERE
from eval.test_derivation import ISSUER

MOST_LINES: Final = 20
LAST_LINES: Final = 10  # what Nix before 2.20 shows
# No sandbox: the checker and its interpreter are those of this environment.
OPTIONS: Final = [
    word
    for name, value in {
        "sandbox": "false", "build-users-group": "", "substituters": "", "log-lines": str(LAST_LINES),
    }.items()
    for word in ("--option", name, value)
]  # fmt: skip
PROBE: Final = """
derivation {
  name = "probe";
  system = builtins.currentSystem;
  builder = "/bin/sh";
  args = [ "-c" "echo > $out" ];
}
"""
# The stubs of pkgs.nix with derivations that Nix can build: the checker is that of this environment.
MACHINE: Final = """
let
  lib = import <nixpkgs/lib>;
  evaluate = import %(here)s/evaluate.nix { inherit lib; };
  stubs = import %(here)s/pkgs.nix { inherit lib; };
  runCommand = name: attributes: script: derivation {
    inherit name script;
    inherit (attributes) outputs;
    system = builtins.currentSystem;
    builder = "/bin/sh";
    args = [ "-c" "cd \\"$TMPDIR\\"; PATH=%(path)s; exec bash -e -c \\"$script\\"" ];
  };
  system = evaluate.machine [
    evaluate.master
    {
      _module.args.pkgs = lib.mkForce (stubs // { inherit runCommand; writeText = builtins.toFile; });
      services.kube-oidc = { %(settings)s };
    }
  ];
in
system.services.kube-oidc.configFile
"""
STATIC: Final = 'checkConfig = "static";'
UNCHECKED: Final = "checkPackage = null;"
WRONG_RULE: Final = 'issuers.forgejo.claimValidationRules = [ { expression = "claims.a &&"; } ];'
WRONG_URL: Final = 'issuers.forgejo.url = lib.mkForce "http://git.example.org";'
LOOSE: Final = """
issuers.loose = {
  url = "https://token.actions.githubusercontent.com";
  audiences = [ "kubernetes" ];
  claimMappings.username = { expression = "claims.email"; };
  claimMappings.groups = { claim = "groups"; prefix = ""; };
};
"""
MANY: Final = " ".join(
    f'issuers.many{number} = {{ url = "http://{number}.example.org"; audiences = [ "k" ];'
    ' claimMappings.username = { claim = "sub"; prefix = ""; };'
    ' claimMappings.groups = { claim = "groups"; prefix = ""; }; };'
    for number in range(12)
)
RULE: Final = "services.kube-oidc.issuers.forgejo.claimValidationRules[0]"
URL: Final = "services.kube-oidc.issuers.forgejo.url"


@dataclass(frozen=True, slots=True)
class Log:
    """What Nix shows of a failed build, and all of its log."""

    shown: list[str]
    whole: list[str]


@pytest.fixture
def failed_build(nix: Callable[..., subprocess.CompletedProcess[str]]) -> Callable[[str], Log]:
    """The log of the build of a machine with these settings, which fails."""
    probe = nix("nix", "build", "--impure", "--no-link", *OPTIONS, "--expr", PROBE)
    if probe.returncode != 0:
        pytest.skip(f"nix cannot build on this machine: {probe.stderr.strip().splitlines()[-1]}")

    def build(settings: str) -> Log:
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        text = MACHINE % {"here": HERE, "path": path, "settings": settings}
        done = nix("nix", "build", "--impure", "--no-link", *OPTIONS, "--expr", text)
        failed = re.search(r"error: builder for '([^']+)' failed", done.stderr)
        assert failed, done.stderr
        shown = re.findall(r"^ +> (.*)$", done.stderr, re.MULTILINE)
        return Log(shown, nix("nix", "log", failed[1]).stdout.splitlines())

    return build


CASES: Final = {
    "static": (STATIC, WRONG_RULE, RULE),
    "without a kube-apiserver": (UNCHECKED, WRONG_RULE, RULE),
    "with warnings as well": (STATIC, LOOSE + WRONG_URL, URL),
    "two errors": (UNCHECKED, WRONG_RULE + WRONG_URL, URL),
    "many errors": (STATIC, MANY, "services.kube-oidc.issuers.many0.url"),
}


def assert_reason_is_shown(log: Log, option: str) -> None:
    """The option and its error are in what Nix shows, and the whole log is short."""
    assert len(log.whole) <= MOST_LINES, log.whole
    assert log.shown == log.whole[-LAST_LINES:]
    assert any(line.startswith(f"error: {option}") for line in log.shown), log.shown


@pytest.mark.parametrize("name", CASES)
def test_the_reason_is_in_the_last_ten_lines(failed_build: Callable[[str], Log], name: str) -> None:
    how, settings, option = CASES[name]
    assert_reason_is_shown(failed_build(how + ISSUER + settings), option)


def test_the_real_binary_counts_too(failed_build: Callable[[str], Log], binaries: Any) -> None:
    folder = Path(binaries.path("kube-apiserver")).parent.parent
    package = f'checkPackage = {{ type = "derivation"; version = "1.36.3"; outPath = "{folder}"; }};'
    log = failed_build(package + ISSUER + WRONG_RULE)
    assert "and kube-apiserver 1.36" in log.whole[0]
    assert_reason_is_shown(log, RULE)


def test_the_last_line_is_a_command_that_shows_everything(failed_build: Callable[[str], Log]) -> None:
    log = failed_build(STATIC + ISSUER + MANY)
    assert any("more errors" in line for line in log.shown)
    command = log.shown[-1].partition("in full: ")[2].partition("/bin/kube-oidc ")[2]
    program = Path(sys.executable).with_name("kube-oidc")
    done = subprocess.run(
        f"{program} {command}", shell=True, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.count("URL scheme must be https") == 12, done.stdout + done.stderr


def test_a_finding_that_fails_the_build_is_the_reason_shown(failed_build: Callable[[str], Log]) -> None:
    log = failed_build(
        STATIC + "failOnFindings = true;" + ISSUER + LOOSE.replace("claims.email", "claims.sub")
    )
    assert len(log.whole) <= MOST_LINES, log.whole
    assert any(line.startswith("warning: services.kube-oidc.issuers.loose") for line in log.shown), log.shown
    assert any("acknowledgedFindings" in line for line in log.shown)


def test_an_expectation_that_fails_is_the_reason_shown(failed_build: Callable[[str], Log]) -> None:
    tests = 'tests."eve is let in" = { run.repository = "eve/blog"; user = "eve"; };'
    log = failed_build(STATIC + ISSUER + tests)
    assert len(log.whole) <= MOST_LINES, log.whole
    assert any('failed: services.kube-oidc.tests."eve is let in" (shown)' in line for line in log.shown), (
        log.shown
    )
    assert log.shown[-1] == "1 expectation: 0 passed, 1 failed"
