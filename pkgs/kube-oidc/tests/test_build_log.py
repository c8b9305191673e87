"""`check --format nixos`: what fails a build comes last, in few lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from kube_oidc.cli import main

BAD_URL = "http://{}.example.org"


def log_of(urls: list[str], folder: Path, capsys: pytest.CaptureFixture[str], *flags: str) -> list[str]:
    """The lines for a file with these issuers, each with a groups claim that anyone may fill."""
    mappings = {"username": {"claim": "sub", "prefix": ""}, "groups": {"claim": "groups", "prefix": ""}}
    jwt = [{"issuer": {"url": url, "audiences": ["a"]}, "claimMappings": mappings} for url in urls]
    kind = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration"}
    (folder / "auth.yaml").write_text(json.dumps({**kind, "jwt": jwt}))
    options = {f"jwt[{number}]": f"services.kube-oidc.issuers.i{number}" for number in range(len(urls))}
    (folder / "options.json").write_text(json.dumps(options))
    files = (str(folder / "auth.yaml"), f"--option-map={folder}/options.json")
    main(["check", "--format=nixos", *flags, *files])
    return capsys.readouterr().out.splitlines()


def test_errors_come_after_warnings_with_their_option_and_fix(tmp_path, capsys):
    lines = log_of([BAD_URL.format("a")], tmp_path, capsys)
    kinds = [line.partition(":")[0] for line in lines]
    assert kinds == sorted(kinds, key=["warning", "error", "  fix", "kube-oidc"].index)
    assert (
        'error: services.kube-oidc.issuers.i0.issuer.url: Invalid value: "http://a.example.org"' in lines[-3]
    )
    assert lines[-2] == "  fix: write it with https://"
    assert lines[-1] == f"kube-oidc: auth.yaml has 1 error, {len(lines) - 3} warnings"


def test_many_errors_are_the_first_ones_and_a_count(tmp_path, capsys):
    lines = log_of([BAD_URL.format(number) for number in range(30)], tmp_path, capsys)
    errors = [line for line in lines if line.startswith("error: ")]
    assert len(lines) == 16
    assert [f".i{number}." in line for number, line in enumerate(errors)] == [True] * 6
    assert lines[-2] == "  and 24 more errors"


def test_with_strict_warnings_are_the_reason(tmp_path, capsys):
    url = "https://issuer.example.org"
    loose = log_of([url], tmp_path, capsys)
    strict = log_of([url], tmp_path, capsys, "--strict")
    assert not any(line.startswith("  fix: ") for line in loose)
    assert any(line.startswith("  fix: ") for line in strict)
