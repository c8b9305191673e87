"""`kube-oidc migrate --from`: the same five settings in every place where people keep them."""
# ruff: noqa: E501 - a table of files

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from kube_oidc.cli import main

ENTRY = {
    "issuer": {"url": "https://issuer.example.org/a", "audiences": ["kubernetes"]},
    "claimMappings": {
        "username": {"claim": "email", "prefix": "u:"},
        "groups": {"claim": "groups", "prefix": "oidc:"},
    },
}
VALUES = {
    "oidc-issuer-url": "https://issuer.example.org/a",
    "oidc-client-id": "kubernetes",
    "oidc-username-claim": "email",
    "oidc-username-prefix": "u:",
    "oidc-groups-claim": "groups",
    "oidc-groups-prefix": "oidc:",
}
ARGUMENTS = [f"{name}={value}" for name, value in VALUES.items()]
FLAGS = [f"--{argument}" for argument in ARGUMENTS]
LINE = " ".join(FLAGS)


def mapping(indentation: int, quote: str = '"') -> str:
    return "".join(f"{' ' * indentation}{name}: {quote}{value}{quote}\n" for name, value in VALUES.items())


def listed(indentation: int, words: list[str]) -> str:
    return "".join(f"{' ' * indentation}- {json.dumps(word)}\n" for word in words)


def own(indentation: int, names: str, separator: str = ": ", quote: str = '"') -> str:
    pairs = zip(names.split(), VALUES.values(), strict=True)
    return "".join(f"{' ' * indentation}{name}{separator}{quote}{value}{quote}\n" for name, value in pairs)


CAMEL = "issuerUrl clientId usernameClaim usernamePrefix groupsClaim groupsPrefix"
UPPER = "issuerURL clientID usernameClaim usernamePrefix groupsClaim groupsPrefix"
KUBEADM = (
    f"apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\napiServer:\n  extraArgs:\n{mapping(4)}"
)


def indented(text: str, by: int) -> str:
    return "".join(f"{' ' * by}{line}\n" for line in text.splitlines())


SOURCES = {
    "talos": f"machine: {{type: controlplane}}\ncluster:\n  apiServer:\n    extraArgs:\n{mapping(6)}",
    "talos json patch": json.dumps([{"op": "add", "path": "/cluster/apiServer/extraArgs", "value": VALUES}]),
    "kubeadm": KUBEADM,
    "kubeadm list": "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\napiServer:\n  extraArgs:\n"
    + "".join(f"  - name: {name}\n    value: {json.dumps(value)}\n" for name, value in VALUES.items()),
    "kubeadm configmap": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kubeadm-config}\ndata:\n"
    f"  ClusterConfiguration: |\n{indented(KUBEADM, 4)}",
    "kubeadm control plane": "apiVersion: controlplane.cluster.x-k8s.io/v1beta1\nkind: KubeadmControlPlane\nspec:\n"
    f"  kubeadmConfigSpec:\n    clusterConfiguration:\n      apiServer:\n        extraArgs:\n{mapping(10)}",
    "kubeadm control plane template": "apiVersion: controlplane.cluster.x-k8s.io/v1beta1\n"
    "kind: KubeadmControlPlaneTemplate\nspec:\n  template:\n    spec:\n      kubeadmConfigSpec:\n"
    f"        clusterConfiguration:\n          apiServer:\n            extraArgs:\n{mapping(14)}",
    "kind": "apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\nnodes:\n- role: control-plane\n"
    f"  kubeadmConfigPatches:\n  - |\n{indented(KUBEADM, 4)}",
    "kind, all nodes": f"apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\nkubeadmConfigPatches:\n- |\n{indented(KUBEADM, 2)}",
    "k0s": f"apiVersion: k0s.k0sproject.io/v1beta1\nkind: ClusterConfig\nspec:\n  api:\n    extraArgs:\n{mapping(6)}",
    "k0sctl": "apiVersion: k0sctl.k0sproject.io/v1beta1\nkind: Cluster\nspec:\n  k0s:\n    config:\n      spec:\n"
    f"        api:\n          extraArgs:\n{mapping(12)}",
    "k3s": f"kube-apiserver-arg:\n{listed(0, ARGUMENTS)}",
    "k3s with dashes": f"cluster-init: true\nkube-apiserver-arg+:\n{listed(2, FLAGS)}",
    "rke2 machine config": "apiVersion: provisioning.cattle.io/v1\nkind: Cluster\nspec:\n  rkeConfig:\n"
    f"    machineGlobalConfig:\n      kube-apiserver-arg:\n{listed(6, ARGUMENTS)}",
    "rke2 control plane": "apiVersion: controlplane.cluster.x-k8s.io/v1beta1\nkind: RKE2ControlPlane\nspec:\n"
    f"  serverConfig:\n    kubeAPIServer:\n      extraArgs:\n{listed(6, FLAGS)}",
    "rke1": f"services:\n  kube-api:\n    extra_args:\n{mapping(6)}",
    "k3d": "apiVersion: k3d.io/v1alpha5\nkind: Simple\noptions:\n  k3s:\n    extraArgs:\n"
    + "".join(f'    - arg: "--kube-apiserver-arg={word}"\n      nodeFilters: ["server:*"]\n' for word in ARGUMENTS),
    "k3d command": "k3d cluster create dev "
    + " ".join(f'--k3s-arg "--kube-apiserver-arg={word}@server:0"' for word in ARGUMENTS),
    "k3d command, all servers": "k3d cluster create \\\n"
    + " \\\n".join(f"  --k3s-arg '--kube-apiserver-arg={word}@server:*'" for word in ARGUMENTS),
    "minikube": "minikube start " + " ".join(f"--extra-config=apiserver.{word}" for word in ARGUMENTS),
    "minikube, separate words": "#!/bin/sh\nminikube start \\\n"
    + " \\\n".join(f'  --extra-config "apiserver.{word}"' for word in ARGUMENTS),
    "kops": "apiVersion: kops.k8s.io/v1alpha2\nkind: Cluster\nspec:\n  kubeAPIServer:\n"
    + own(4, "oidcIssuerURL oidcClientID oidcUsernameClaim oidcUsernamePrefix oidcGroupsClaim oidcGroupsPrefix"),
    "kubespray": "kube_oidc_auth: true\n"
    + own(0, "kube_oidc_url kube_oidc_client_id kube_oidc_username_claim kube_oidc_username_prefix "
          "kube_oidc_groups_claim kube_oidc_groups_prefix"),
    "kubespray extra arguments": f"kube_kubeadm_apiserver_extra_args:\n{mapping(2)}",
    "gardener": "apiVersion: core.gardener.cloud/v1beta1\nkind: Shoot\nspec:\n  kubernetes:\n    kubeAPIServer:\n"
    f"      oidcConfig:\n{own(8, UPPER)}",
    "gardener webhook": "apiVersion: authentication.gardener.cloud/v1alpha1\nkind: OpenIDConnect\nspec:\n" + own(2, UPPER),
    "kubeone": "apiVersion: kubeone.k8c.io/v1beta2\nkind: KubeOneCluster\nfeatures:\n  openidConnect:\n"
    f"    enable: true\n    config:\n{own(6, CAMEL)}",
    "eksctl": "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nidentityProviders:\n- type: oidc\n  name: a\n"
    + own(2, CAMEL),
    "eks control plane": "apiVersion: controlplane.cluster.x-k8s.io/v1beta2\nkind: AWSManagedControlPlane\nspec:\n"
    f"  oidcIdentityProviderConfig:\n    identityProviderConfigName: a\n{own(4, CAMEL)}",
    "static pod": "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - command:\n    - kube-apiserver\n"
    + listed(4, ["--v=2", *FLAGS]),
    "pod in a shell": "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - command: [sh, -c]\n    args:\n"
    f"    - exec kube-apiserver {LINE}\n",
    "compose": f"services:\n  server:\n    image: rancher/k3s\n    command:\n    - server\n{listed(4, ['--kube-apiserver-arg=' + word for word in ARGUMENTS])}",
    "compose, one line": "services:\n  server:\n    command: server "
    + " ".join(f"--kube-apiserver-arg {word}" for word in ARGUMENTS) + "\n",
    "helm values": f"controlPlane:\n  distro:\n    k8s:\n      apiServer:\n        extraArgs:\n{listed(8, FLAGS)}",
    "vcluster values": f"syncer: {{}}\nvcluster:\n  extraArgs:\n{listed(2, ['--kube-apiserver-arg=' + word for word in ARGUMENTS])}",
    "kamaji": "apiVersion: kamaji.clastix.io/v1alpha1\nkind: TenantControlPlane\nspec:\n  controlPlane:\n    deployment:\n"
    f"      extraArgs:\n        apiServer:\n{listed(8, FLAGS)}",
    "cloud-init": "#cloud-config\nruncmd:\n- curl -sfL https://get.k3s.io | sh -s - server "
    + " ".join(f"--kube-apiserver-arg={word}" for word in ARGUMENTS) + "\n",
    "cloud-init file": "#cloud-config\nwrite_files:\n- path: /etc/rancher/k3s/config.yaml\n  content: |\n"
    f"    kube-apiserver-arg:\n{listed(4, ARGUMENTS)}",
    "ansible template task": f"- hosts: all\n  vars:\n    k3s_server:\n      kube-apiserver-arg:\n{listed(6, ARGUMENTS)}",
    "ansible inventory": f"[servers]\na\n[servers:vars]\nextra_server_args={' '.join(f'--kube-apiserver-arg={word}' for word in ARGUMENTS)}\n",
    "environment file": f'KUBE_API_ARGS="--v=2 {LINE}"\n',
    "microk8s": "# arguments\n--v=2\n" + "\n".join(FLAGS) + "\n",
    "install variable": f"export INSTALL_K3S_EXEC='server {' '.join('--kube-apiserver-arg ' + word for word in ARGUMENTS)}'\n",
    "openrc": 'command_args="server \\\n' + "".join(f"  '--kube-apiserver-arg={word}' \\\n" for word in ARGUMENTS) + '"\n',
    "unit": "[Service]\nExecStart=/usr/bin/kube-apiserver \\\n" + " \\\n".join(f"  {word}" for word in FLAGS) + "\n",
    "unit with a variable": f'[Service]\nEnvironment="ARGS={LINE}"\nExecStart=/usr/bin/kube-apiserver $ARGS\n',
    "nix string": f'{{ services.kubernetes.apiserver.extraOpts = "--v=2 {LINE}"; }}\n',
    "nix indented string": "{\n  services.kubernetes.apiserver.extraOpts = ''\n"
    + "".join(f"    {word} \\\n" for word in FLAGS) + "  '';\n}\n",
    "nix list": "{ services.k3s.extraFlags = [\n"
    + "".join(f'  "--kube-apiserver-arg={word}"\n' for word in ARGUMENTS) + "]; }\n",
    "nix concatenation": "{ lib, ... }:\n{ services.k3s.extraFlags = lib.concatStringsSep \" \" [\n"
    + "".join(f'  "--kube-apiserver-arg {word}" # one\n' for word in ARGUMENTS) + "]; }\n",
    "nix attributes": "{ services.k0s.spec.api.extraArgs = {\n"
    + "".join(f'  {name} = "{value}";\n' for name, value in VALUES.items()) + "}; }\n",
    "terraform map": "locals {\n  extra_args = {\n"
    + "".join(f'    "{name}" = "{value}"\n' for name, value in VALUES.items()) + "  }\n}\n",
    "terraform yamlencode": "locals {\n  patch = yamlencode({ cluster = { apiServer = { extraArgs = {\n"
    + "".join(f'    {name} = "{value}"\n' for name, value in VALUES.items()) + "  } } } })\n}\n",
    "terraform heredoc": f"locals {{\n  config = <<-EOT\n    kube-apiserver-arg:\n{listed(4, ARGUMENTS)}  EOT\n}}\n",
    "terraform list": "locals {\n  arguments = [\n" + "".join(f'    "{word}",\n' for word in FLAGS) + "  ]\n}\n",
    "terraform block": 'resource "a" "b" {\n  oidc {\n'
    + own(4, "issuer_url client_id username_claim username_prefix groups_claim groups_prefix", " = ") + "  }\n}\n",
    "dockerfile": "FROM scratch\nCMD " + json.dumps(["kube-apiserver", *FLAGS]) + "\n",
    "page": "# Flags\n\n```sh\nkube-apiserver \\\n" + " \\\n".join(f"  {word}" for word in FLAGS) + "\n```\n",
    "page with yaml": f"# k3s\n\n```yaml\nkube-apiserver-arg:\n{listed(2, ARGUMENTS)}```\n",
    "list of documents": f"apiVersion: v1\nkind: Namespace\n---\n{KUBEADM}",
}  # fmt: skip


@pytest.mark.parametrize("source", SOURCES)
def test_the_flags_are_found(source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    suffix = next((end for word, end in (("nix", ".nix"), ("terraform", ".tf")) if word in source), "")
    path = tmp_path / f"source{suffix}"
    path.write_text(SOURCES[source])
    status = main(["migrate", "--from", str(path)])
    captured = capsys.readouterr()
    assert captured.err.count("kube-oidc migrate: ") == 2, captured.err
    assert status == 0
    assert yaml.safe_load(captured.out)["jwt"] == [ENTRY]


REFUSED = {
    "another application's": (f"grafana:\n  oidc:\n    clientSecret: x\n{own(4, CAMEL)}", "isn't supported"),
    "a kubeconfig's": ("kind: Config\nusers: [{user: {auth-provider: {config: {client-id: a}}}}]", "no --oidc-* flag"),
    "a variable": (KUBEADM.replace("kubernetes", "${CLIENT}"), "contains a variable"),
    "a Nix variable": ('{ x = "--oidc-issuer-url=${url} --oidc-client-id=a"; }', "contains a variable"),
    "a Terraform variable": ('x = { "oidc-issuer-url" = var.url, "oidc-client-id" = "a" }', "contains a variable"),
    "a template": ("extraArgs:\n  oidc-issuer-url: {{ .Values.url }}\n  oidc-client-id: a\n", "variable"),
    "two clusters": (
        KUBEADM + "---\n" + KUBEADM.replace("https://issuer.example.org", "https://other.example"), None,
    ),
    "two issuers in one object": (
        f"a:\n  extraArgs:\n{mapping(4)}b:\n  extraArgs:\n" + mapping(4).replace("/a", "/b"), "has two values",
    ),
    "a binary": ("\0\1oidc", "isn't a text file"),
    "new file": ("apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n", "already has"),
    "prose": ("Ask the OIDC team.\n", "line 1 is about OIDC"),
    "nothing": ("hello\n", "pass the flags themselves"),
}  # fmt: skip


@pytest.mark.parametrize("source", REFUSED)
def test_what_cannot_be_read_is_not_said_to_have_no_flags(
    source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, reason = REFUSED[source]
    path = tmp_path / "source"
    path.write_text(text)
    status = main(["migrate", "--from", str(path)])
    captured = capsys.readouterr()
    if reason is None:
        assert status == 0
        return
    assert (status, captured.out) == (2, "")
    assert reason in captured.err


def test_required_claims_and_algorithms_of_each_form(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "source"
    for text in (
        "spec: {kubeAPIServer: {oidcIssuerURL: https://i.example, oidcClientID: a, oidcRequiredClaim: [hd=b, t=c]}}",
        "oidcConfig: {issuerURL: https://i.example, clientID: a, requiredClaims: {hd: b, t: c}, signingAlgs: [ES256]}",
        "cluster: {apiServer: {extraArgs: {oidc-issuer-url: https://i.example, oidc-client-id: a, "
        "oidc-required-claim: [hd=b, t=c]}}}",
    ):
        path.write_text(text)
        assert main(["migrate", "--from", str(path)]) == 0
        rules = yaml.safe_load(capsys.readouterr().out)["jwt"][0]["claimValidationRules"]
        assert rules == [{"claim": "hd", "requiredValue": "b"}, {"claim": "t", "requiredValue": "c"}]


PATCHES = {
    "talos": ("machine", "cluster"),
    "kubeadm": ("apiServer",),
    "kubeadm list": ("apiServer",),
    "kubeadm control plane": ("spec",),
    "kind": ("nodes",),
    "k0s": ("spec",),
    "k3s": ("kube-apiserver-arg",),
    "rke1": ("services",),
}


@pytest.mark.parametrize("source", PATCHES)
def test_a_patch_for_the_same_tool(source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "source"
    path.write_text(SOURCES[source])
    assert main(["migrate", "--from", str(path), "--to", "patch"]) == 0
    text = capsys.readouterr().out
    patch = yaml.safe_load(text)
    assert set(PATCHES[source]) <= patch.keys()
    assert "authentication-config" in text
    assert "oidc-issuer-url" in text  # what must be removed
    if "kind: AuthenticationConfiguration" in text:  # the patch has the file: it is one that `check` finds
        path.write_text(text)
        main(["check", str(path), "--format", "json"])
        (file,) = json.loads(capsys.readouterr().out)["files"]
        assert file["valid"]
    else:
        assert f"kube-oidc migrate --from {path} >" in text


def test_a_patch_mounts_the_folder_so_that_a_renamed_file_is_seen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "source"
    path.write_text(SOURCES["kubeadm"])
    assert main(["migrate", "--from", str(path), "--to", "patch"]) == 0
    [volume] = yaml.safe_load(capsys.readouterr().out)["apiServer"]["extraVolumes"]
    assert (volume["mountPath"], volume["pathType"]) == ("/etc/kubernetes/oidc", "DirectoryOrCreate")


def test_the_file_on_talos_is_readable_for_its_api_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "source"
    path.write_text(SOURCES["talos"])
    assert main(["migrate", "--from", str(path), "--to", "patch"]) == 0
    assert "      permissions: 0o644\n" in capsys.readouterr().out  # it isn't root there


def test_other_arguments_of_k3s_are_kept_in_its_patch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(SOURCES["k3s"] + "- audit-log-path=/var/log/audit\n")
    assert main(["migrate", "--from", str(path), "--to", "patch"]) == 0
    arguments = yaml.safe_load(capsys.readouterr().out)["kube-apiserver-arg"]
    assert arguments == ["authentication-config=/etc/rancher/auth.yaml", "audit-log-path=/var/log/audit"]


def test_a_patch_for_nothing_known_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "source"
    path.write_text(SOURCES["microk8s"])
    assert main(["migrate", "--from", str(path), "--to", "patch"]) == 2
    assert "use --to yaml" in capsys.readouterr().err


def test_the_ca_file_to_include_is_named_with_its_path_on_the_host(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, copy = tmp_path / "source", tmp_path / "ca.pem"
    path.write_text(
        SOURCES["talos"] + "      oidc-ca-file: /etc/kubernetes/oidc/ca.crt\n"
        "    extraVolumes:\n    - {hostPath: /var/oidc, mountPath: /etc/kubernetes/oidc}\n"
    )
    copy.write_text("PEM\n")
    assert main(["migrate", "--from", str(path)]) == 0
    captured = capsys.readouterr()
    assert "put the text of /var/oidc/ca.crt" in captured.err
    path_of_file = tmp_path / "auth.yaml"
    path_of_file.write_text(captured.out)
    assert main(["check", str(path_of_file)]) == 1  # it can't be used by accident
    capsys.readouterr()
    assert main(["migrate", "--from", str(path), "--certificate-authority", str(copy)]) == 0
    assert yaml.safe_load(capsys.readouterr().out)["jwt"][0]["issuer"]["certificateAuthority"] == "PEM\n"
