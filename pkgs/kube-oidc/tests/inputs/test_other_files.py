"""Templates, lookalikes, several configurations, bad input, and folders."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from kube_oidc.cli import main

CONFIG = """\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer:
    url: https://issuer.example
    audiences: [cluster]
  claimMappings:
    username: {claim: sub, prefix: "x:"}
  userValidationRules:
  - expression: "user.username.startsWith('x:')"
"""
INDENTED = "".join(f"    {line}\n" for line in CONFIG.splitlines())
CONFIGMAP = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: auth}}\ndata:\n  auth.yaml: |\n{INDENTED}"
TEMPLATES = {
    "templates/cm.yaml": (
        CONFIGMAP.replace("https://issuer.example", "{{ .Values.issuer }}"),
        "helm template",
    ),
    "templates/if.yaml": (
        "{{- if .Values.enabled }}\n" + CONFIGMAP.replace("https://i", "{{ .Values.host }}") + "{{- end }}\n",
        "helm template",
    ),
    "auth.yaml.j2": (CONFIG.replace("https://issuer.example", "{{ issuer_url }}"), "ansible"),
    "loop.j2": (CONFIG.replace("jwt:", "{% for i in issuers %}\njwt:"), "ansible"),
    "auth.yaml": (CONFIG.replace("https://issuer.example", "${ISSUER_URL}"), "envsubst"),
    "heredoc.tf": (
        "x = <<-EOT\n" + INDENTED.replace("https://issuer.example", "${var.issuer}") + "  EOT\n",
        "terraform plan",
    ),
    "encode.tf": (
        'x = yamlencode({\n  apiVersion = "apiserver.config.k8s.io/v1"\n  kind = "AuthenticationConfiguration"\n'
        "  jwt = [{ issuer = { url = var.issuer } }]\n})\n",
        "terraform plan",
    ),
    "host.nix": (
        "{ x = ''\n" + INDENTED.replace("https://issuer.example", "${config.issuer}") + "  ''; }\n",
        "nix eval",
    ),
    "computed.nix": (
        '{ x = { apiVersion = "apiserver.config.k8s.io/v1"; kind = "AuthenticationConfiguration"; jwt = map f xs; }; }',
        "nix eval",
    ),
    "control-plane.yaml": (
        "apiVersion: controlplane.cluster.x-k8s.io/v1beta1\nkind: KubeadmControlPlane\nspec:\n  kubeadmConfigSpec:\n"
        "    files:\n    - content: |\n        "
        + "\n        ".join(CONFIG.splitlines()).replace("https:", "${URL}:"),
        "clusterctl generate",
    ),
    "auth.yaml.erb": (CONFIG.replace("https://issuer.example", "<%= @issuer %>"), "erb"),
}
LOOKALIKES = {
    "OpenShift": "apiVersion: config.openshift.io/v1\nkind: Authentication\nspec: {type: OIDC}\n",
    "HyperShift": "apiVersion: hypershift.openshift.io/v1beta1\nkind: HostedCluster\nspec: {}\n",
    "EKS": "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nidentityProviders: [{type: oidc}]\n",
    "Pinniped": "apiVersion: authentication.concierge.pinniped.dev/v1alpha1\nkind: JWTAuthenticator\nspec: {}\n",
    "Gardener": "apiVersion: authentication.gardener.cloud/v1alpha1\nkind: OpenIDConnect\nspec: {}\n",
    "proxy": "apiVersion: security.istio.io/v1\nkind: RequestAuthentication\nspec: {}\n",
    "kubeconfig": "apiVersion: v1\nkind: Config\nclusters: []\n",
    "file of kube-apiserver": "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n",
    "kubeadm": "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n",
    "Terraform": 'resource "a" "b" {\n  c = "d"\n}\n',
}


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, list[dict[str, object]]]:
    status = main(["check", "--format", "json", *map(str, words)])
    return status, json.loads(capsys.readouterr().out)["files"]


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_named_with_the_command_that_renders_it(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, command = TEMPLATES[name]
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    status, files = run(capsys, path)
    (found,) = files[0]["diagnostics"]
    assert status == 1
    assert found["code"] == "unrendered-template"
    assert command in found["remedy"]
    assert main(["explain", str(path), "--claims", "-"]) == 2
    assert "cannot decide" in capsys.readouterr().err


def test_a_valid_file_with_a_variable_is_checked_with_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "auth.yaml"
    path.write_text(CONFIG.replace('"x:"', '"${PREFIX}"'))
    status, files = run(capsys, path)
    assert status == 0
    assert "unrendered-template" in [found["code"] for found in files[0]["diagnostics"]]


@pytest.mark.parametrize("what", LOOKALIKES)
def test_a_lookalike_is_named(what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / ("main.tf" if what == "Terraform" else "file.yaml")
    path.write_text(LOOKALIKES[what])
    status, files = run(capsys, path)
    assert status == 1
    assert what in str(files[0]["diagnostics"][0]["remedy"])


def test_what_was_checked_of_a_lookalike_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "file.json"
    path.write_text(
        '{"issuer": {"url": "https://i.example", "audiences": ["a"]}, "claimMappings": {"username": {}}}'
    )
    _, files = run(capsys, path)
    (note,) = [each for each in files[0]["diagnostics"] if each["code"] == "other-kind"]
    assert "AKS reads this file" in note["message"]


def test_two_configurations_are_both_checked_and_neither_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "both.yaml"
    path.write_text(CONFIGMAP + "---\n" + CONFIGMAP.replace("https://", "http://"))
    status, files = run(capsys, path)
    assert status == 1
    assert [file["valid"] for file in files] == [True, False]
    assert main(["explain", str(path), "--claims", "-"]) == 2
    error = capsys.readouterr().err
    assert "2 configurations" in error
    assert "line 6: a ConfigMap" in error


def test_a_second_document_with_a_configuration_is_checked_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "auth.yaml"
    path.write_text(CONFIG + "---\n" + CONFIG.replace("https://", "http://"))
    _, files = run(capsys, path)
    assert [each["code"] for each in files[0]["diagnostics"]] == ["second-document"]
    assert [each["line"] for each in files[1]["diagnostics"]] == [16]


def test_commands_read_wrappers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, claims = tmp_path / "cm.yaml", tmp_path / "claims.json"
    path.write_text(CONFIGMAP)
    claims.write_text('{"iss": "https://issuer.example", "aud": "cluster", "sub": "s", "exp": 4102444800}')
    assert main(["explain", str(path), "--claims", str(claims)]) == 0
    assert "this token becomes the user x:s" in capsys.readouterr().out
    assert main(["access", str(path)]) == 0
    assert "https://issuer.example" in capsys.readouterr().out


BAD = {
    "alias bomb": "a: &a [x, x]\n"
    + "".join(f"k{n}: &k{n} [*{'a' if not n else f'k{n - 1}'}, *a]\n" for n in range(5000)),
    "deep": "[" * 200_000,
    "deep flow in a wrapper": "kind: ConfigMap\ndata: " + "{a: " * 5000 + CONFIG[:1],
    "many documents": "kind: ConfigMap\n---\n" * 20_000,
    "many braces": "{" * 100_000 + '"kind" = "AuthenticationConfiguration"',
    "base64 of base64": "QUFB" * 200_000,
    "binary": "\0" + CONFIG,
    "many kinds": "  kind: AuthenticationConfiguration\n" * 20_000,
    "heredocs": "<<EOT\n" * 20_000 + CONFIG,
    "quotes": "'" * 100_000 + '"' * 100_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".yaml", ".tf", ".nix", ".md"])
@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_bounded(
    what: str, suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"bad{suffix}"
    path.write_text(BAD[what])
    begin = time.process_time()
    status, files = run(capsys, path)
    assert status in (0, 1)
    assert files
    assert time.process_time() - begin < 5


def test_a_bomb_of_gzip_is_not_unpacked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import base64
    import gzip

    path = tmp_path / "user-data.yaml"
    packed = base64.b64encode(gzip.compress(CONFIG.encode() + b"#" * (20 << 20), 9)).decode()
    path.write_text(f"#cloud-config\nwrite_files:\n- encoding: gz+b64\n  content: {packed}\n")
    assert run(capsys, path)[0] == 1


def test_gzip_in_base64_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import base64
    import gzip

    path = tmp_path / "user-data.yaml"
    packed = base64.b64encode(gzip.compress(CONFIG.replace("https", "http").encode())).decode()
    path.write_text(f"#cloud-config\nwrite_files:\n- encoding: gz+b64\n  content: {packed}\n")
    _, files = run(capsys, path)
    assert files[0]["diagnostics"][0]["line"] == 4


def test_a_folder_is_searched_for_wrappers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yaml").write_text(CONFIGMAP)
    (tmp_path / "b.tf").write_text(f"x = <<EOT\n{CONFIG}EOT\n")
    (tmp_path / "c.yaml").write_text("# about the AuthenticationConfiguration\nkind: Service\n")
    (tmp_path / "d.md").write_text(f"```yaml\n{CONFIG}```\n")
    status, files = run(capsys, tmp_path)
    assert status == 0
    assert [Path(file["path"]).name for file in files] == ["a.yaml", "b.tf"]


def test_other_files_are_skipped_on_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the pre-commit hook does: it is given every changed file."""
    other, ours = tmp_path / "secret.yaml", tmp_path / "cm.yaml"
    other.write_text("kind: Secret\nstringData: {a: b}\n")
    ours.write_text(CONFIGMAP)
    status, files = run(capsys, "--skip-other-files", other, ours)
    assert status == 0
    assert [file["path"] for file in files] == [str(ours)]
    assert run(capsys, "--skip-other-files", other) == (0, [])
    broken = tmp_path / "auth.yaml"
    broken.write_text("kind: AuthenticationConfiguration\njwt: []\n")
    assert run(capsys, "--skip-other-files", broken)[0] == 1


@pytest.mark.parametrize(
    ("name", "text", "reported"),
    [
        ("k3s/auth.yaml", CONFIG, True),
        ("auth.yaml", "# for /etc/rancher/rke2/auth.yaml\n" + CONFIG, True),
        ("auth.yaml", CONFIG, False),
        ("k3s/auth.yaml", CONFIG + "anonymous: {enabled: false}\n", False),
        ("k3d.yaml", "apiVersion: k3d.io/v1alpha5\nkind: Simple\nfiles:\n- source: |\n" + INDENTED, True),
    ],
)
def test_k3s_without_anonymous_is_reported(
    name: str, text: str, reported: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    _, files = run(capsys, path)
    assert ("anonymous-by-default" in [each["code"] for each in files[0]["diagnostics"]]) == reported


FLAGS = "--oidc-issuer-url=https://idp.example --oidc-client-id=k8s"
WITH_FLAGS = {
    "a command line": f"kube-apiserver {FLAGS}\n",
    "Talos": "cluster:\n  apiServer:\n    extraArgs:\n      oidc-issuer-url: https://idp.example\n",
    "kOps": "apiVersion: kops.k8s.io/v1alpha2\nkind: Cluster\nspec:\n  kubeAPIServer: {oidcIssuerURL: 'https://a.b'}\n",
    "Kubespray": "kube_oidc_auth: true\nkube_oidc_url: https://idp.example\n",
    "RKE2": "kube-apiserver-arg: ['oidc-issuer-url=https://idp.example']\n",
}


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("what", WITH_FLAGS)
def test_flags_are_to_be_migrated(
    what: str, both: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "file.yaml"
    path.write_text(WITH_FLAGS[what] + ("# --authentication-config=/etc/auth.yaml\n" if both else ""))
    status, files = run(capsys, path)
    remedy = str(files[0]["diagnostics"][0]["remedy"])
    assert status == 1
    assert "kube-oidc migrate --from FILE" in remedy
    assert ("doesn't start with both" in remedy) == both
    assert "idp.example" not in json.dumps(files)
