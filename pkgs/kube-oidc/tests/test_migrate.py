"""`kube-oidc migrate`: where it finds the flags, what it says of them, and what it refuses."""

from __future__ import annotations

import io
import sys

import pytest
import yaml
from kube_oidc.cli import main

URL = "https://issuer.example.org"
FLAGS = [f"--oidc-issuer-url={URL}", "--oidc-client-id=kubernetes"]
EXPECTED = {
    "apiVersion": "apiserver.config.k8s.io/v1",
    "kind": "AuthenticationConfiguration",
    "jwt": [
        {
            "issuer": {"url": URL, "audiences": ["kubernetes"]},
            "claimMappings": {"username": {"claim": "sub", "prefix": f"{URL}#"}},
        }
    ],
}
SOURCES = {
    "unit": f"""
[Unit]
Description=Kubernetes API server
[Service]
ExecStart=
ExecStart=-/usr/bin/kube-apiserver --v=2 \\
  # a comment between
  --oidc-issuer-url={URL} "--oidc-client-id=kubernetes" \\
  --etcd-servers=http://127.0.0.1:2379
""",
    "k3s unit": f"""
[Service]
ExecStart=/usr/local/bin/k3s server '--kube-apiserver-arg' oidc-issuer-url={URL} \\
    --kube-apiserver-arg=oidc-client-id=kubernetes
""",
    "static pod": f"""
apiVersion: v1
kind: Pod
metadata: {{name: kube-apiserver, namespace: kube-system}}
spec:
  containers:
    - command:
        - kube-apiserver
        - --advertise-address=192.0.2.1
        - --oidc-issuer-url={URL}
      args: [--oidc-client-id, kubernetes]
""",
    "kubeadm v1beta3": f"""
apiVersion: kubeadm.k8s.io/v1beta3
kind: InitConfiguration
---
apiVersion: kubeadm.k8s.io/v1beta3
kind: ClusterConfiguration
apiServer:
  extraArgs:
    oidc-issuer-url: {URL}
    oidc-client-id: kubernetes
""",
    "kubeadm v1beta4": f"""
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
apiServer:
  extraArgs:
    - name: oidc-issuer-url
      value: {URL}
    - {{name: oidc-client-id, value: kubernetes}}
""",
    "k3s": f"""
write-kubeconfig-mode: "0644"
kube-apiserver-arg:
  - oidc-issuer-url={URL}
  - --oidc-client-id=kubernetes
""",
    "rke2, in two places": f"""
kube-apiserver-arg: oidc-issuer-url={URL}
kube-apiserver-arg+: [oidc-client-id=kubernetes]
""",
}


@pytest.fixture
def run(capsys):
    def call(*arguments: str) -> tuple[int, str, str]:
        try:
            status = main(["migrate", *arguments])
        except SystemExit as stop:
            status = int(str(stop.code))
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


def test_the_command_lines_flags(run):
    status, text, notes = run("--", *FLAGS)
    assert status == 0
    assert yaml.safe_load(text) == EXPECTED
    assert notes.splitlines() == [
        "kube-oidc migrate: the API server doesn't start with both: remove --oidc-issuer-url "
        "--oidc-client-id when you add --authentication-config",
        "kube-oidc migrate: signing algorithms: the flags accept RS256 (--oidc-signing-algs); the file has "
        "no field for them: every RS, ES and PS algorithm that fits a key of the issuer is accepted",
    ]


def test_a_distributions_form_on_the_command_line(run):
    words = [word for flag in FLAGS for word in ("--kube-apiserver-arg", flag.removeprefix("--"))]
    assert yaml.safe_load(run("--", *words)[1]) == EXPECTED


@pytest.mark.parametrize("source", SOURCES)
def test_what_people_have(run, tmp_path, monkeypatch, source):
    file = tmp_path / "source"
    file.write_text(SOURCES[source])
    status, text, _ = run("--from", str(file))
    assert status == 0
    assert yaml.safe_load(text) == EXPECTED
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(SOURCES[source].encode())))
    assert yaml.safe_load(run("--from", "-")[1]) == EXPECTED


@pytest.mark.parametrize(
    ("version", "api"),
    [("1.30", "v1beta1"), ("1.33.4", "v1beta1"), ("1.34", "v1"), ("1.37", "v1")],
)
def test_the_version_decides_the_files_api_version(run, version, api):
    text = run("--kubernetes-version", version, "--", *FLAGS)[1]
    assert yaml.safe_load(text)["apiVersion"] == f"apiserver.config.k8s.io/{api}"


def test_every_flag_has_its_field(run, tmp_path):
    authority = tmp_path / "ca.pem"
    authority.write_text("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
    status, text, notes = run(
        "--", *FLAGS, "--oidc-username-claim=email", "--oidc-groups-claim=groups",
        "--oidc-groups-prefix=oidc:", f"--oidc-ca-file={authority}", "--oidc-required-claim=hd=example.org",
        "--oidc-required-claim", " team = a=b ",
        "--oidc-signing-algs=RS256,ES256", "--oidc-signing-algs=PS512",
    )  # fmt: skip
    assert status == 0
    assert yaml.safe_load(text)["jwt"] == [
        {
            "issuer": {
                "url": URL,
                "certificateAuthority": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
                "audiences": ["kubernetes"],
            },
            "claimValidationRules": [
                {"claim": "hd", "requiredValue": "example.org"},
                {"claim": "team", "requiredValue": "a=b"},
            ],
            "claimMappings": {
                "username": {"claim": "email", "prefix": ""},
                "groups": {"claim": "groups", "prefix": "oidc:"},
            },
        }
    ]
    assert "the flags accept RS256, ES256, PS512" in notes
    assert f"--oidc-ca-file names {authority}, but the new file contains its text" in notes


def test_nix_options(run):
    status, text, _ = run(
        "--to", "nix", "--issuer-name", "sso.example", "--", *FLAGS, "--oidc-required-claim=a=${b}"
    )
    assert status == 0
    assert text == (
        "{\n"
        "  services.kube-oidc = {\n"
        "    enable = true;\n"
        '    issuers."sso.example" = {\n'
        f'      url = "{URL}";\n'
        '      audiences = [ "kubernetes" ];\n'
        "      claimValidationRules = [\n"
        "        {\n"
        '          claim = "a";\n'
        '          requiredValue = "\\${b}";\n'
        "        }\n"
        "      ];\n"
        "      claimMappings.username = {\n"
        '        claim = "sub";\n'
        f'        prefix = "{URL}#";\n'
        "      };\n"
        "    };\n"
        "  };\n"
        "}\n"
    )


def test_an_authority_of_many_lines_that_is_no_plain_text_takes_no_longer(run, tmp_path):
    authority = tmp_path / "ca.pem"
    authority.write_text("# a line\n" * 100 + "# Let's Encrypt\n")
    status, text, _ = run("--to", "nix", "--", *FLAGS, f"--oidc-ca-file={authority}")
    assert status == 0
    assert "Let's Encrypt\\n\"" in text


def test_a_unit_of_empty_lines_takes_no_longer(run, tmp_path):
    unit = tmp_path / "unit"
    unit.write_text("\n" * 500_000)
    assert "expected a systemd unit" in run("--from", str(unit))[2]


def test_another_path_of_the_authority_can_be_given(run, tmp_path):
    copy = tmp_path / "copy.pem"
    copy.write_text("PEM\n")
    flags = ["--", *FLAGS, "--oidc-ca-file=/nowhere/ca.pem"]
    status, _, errors = run(*flags)
    assert status == 2
    assert (
        "cannot read /nowhere/ca.pem: No such file or directory; use --certificate-authority for a local copy"
        in errors
    )
    _, text, _ = run("--certificate-authority", str(copy), *flags)
    assert yaml.safe_load(text)["jwt"][0]["issuer"]["certificateAuthority"] == "PEM\n"


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        (["--v=2"], "found no --oidc-* flag"),
        (FLAGS[:1], "--oidc-issuer-url and --oidc-client-id are required"),
        ([*FLAGS, "--oidc-client-id="], "are required"),
        (
            [*FLAGS, "--oidc-required-claim=none"],
            "--oidc-required-claim=none: expected CLAIM=VALUE",
        ),
        (
            [*FLAGS, "--oidc-signing-algs=HS256"],
            "--oidc-signing-algs: unsupported algorithm 'HS256' (supported: ES256",
        ),
        ([*FLAGS, "--oidc-user-claim=sub"], "unknown flag --oidc-user-claim"),
        ([*FLAGS, "--oidc-groups-claim"], "--oidc-groups-claim has no value"),
    ],
)
def test_flags_that_no_api_server_runs_with(run, flags, reason):
    status, text, errors = run("--", *flags)
    assert (status, text) == (2, "")
    assert reason in errors


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "expected a systemd unit, a Pod, or a configuration"),
        ("- a\n", "expected a systemd unit, a Pod, or a configuration"),
        ("{", "expected a systemd unit or YAML"),
        ("kind: Pod\nspec: {containers: [{command: [kube-apiserver]}]}", "found no --oidc-* flag"),
        ("kind: Pod\nspec: 7", "found no --oidc-* flag"),
        ("kind: ClusterConfiguration\napiServer: {extraArgs: [7]}", "found no --oidc-* flag"),
        (
            'kind: Pod\nspec: {containers: [{args: ["--oidc-issuer-url=$(URL)"]}]}',
            "contains a variable",
        ),
        ("[Service]\nExecStart=kube-apiserver --oidc-issuer-url=${URL}", "contains a variable"),
        ("[Service]\nExecStart=kube-apiserver '--oidc-issuer-url", "unclosed quote"),
    ],
)
def test_sources_without_whole_flags(run, tmp_path, text, reason):
    file = tmp_path / "source"
    file.write_text(text)
    status, _, errors = run("--from", str(file))
    assert status == 2
    assert reason in errors


def test_systemds_percent_and_dollar_signs(run, tmp_path):
    file = tmp_path / "unit"
    file.write_text(f"[Service]\nExecStart=kube-apiserver {' '.join(FLAGS)} --oidc-username-prefix=a%%b$$c\n")
    assert (
        yaml.safe_load(run("--from", str(file))[1])["jwt"][0]["claimMappings"]["username"]["prefix"]
        == "a%b$c"
    )


@pytest.mark.parametrize("version", ["1.28", "new"])
def test_versions_without_the_file(run, version):
    assert run("--kubernetes-version", version, "--", *FLAGS)[0] == 2
