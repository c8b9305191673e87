"""Thirty kinds of files that aren't ours, each with a secret."""

from __future__ import annotations

import base64
import json

CANARY = "canary-SECRET-0f83c1"
_PEM = f"-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----\n"
_ENCODED = base64.b64encode(CANARY.encode()).decode()

FOREIGN: dict[str, str] = {
    "talos.yaml": f"version: v1alpha1\nmachine:\n  token: {CANARY}\n  ca: {{crt: x, key: {CANARY}}}\ncluster:\n"
    f"  secret: {CANARY}\n",
    "talos-secrets.yaml": f"cluster:\n  id: x\n  secret: {CANARY}\ncerts:\n  etcd: {{crt: x, key: {CANARY}}}\n",
    "docker-auth.json": json.dumps({"auths": {"registry.example": {"auth": CANARY}}}),
    "kubeconfig.yaml": f"apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user: {{token: {CANARY}}}\n",
    "secret.yaml": f"apiVersion: v1\nkind: Secret\nstringData: {{password: {CANARY}}}\n",
    "secret-encoded.yaml": f"apiVersion: v1\nkind: Secret\ndata: {{password: {_ENCODED}}}\n",
    "encryption.yaml": "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n"
    f"- providers:\n  - aescbc: {{keys: [{{name: a, secret: {CANARY}}}]}}\n",
    "key.pem": _PEM,
    "known_keys": f"ssh-ed25519 {CANARY} me@example\n",
    ".env": f"PASSWORD={CANARY}\nTOKEN='{CANARY}'\n",
    ".npmrc": f"//registry.example/:_authToken={CANARY}\n",
    ".netrc": f"machine a.example login me password {CANARY}\n",
    "credentials": f"[default]\naws_secret_access_key = {CANARY}\n",
    "terraform.tfstate": json.dumps({"version": 4, "resources": [{"instances": [{"private_key": _PEM}]}]}),
    "secrets.tfvars": f'db_password = "{CANARY}"\n',
    "main.tf": f'resource "x" "y" {{\n  password = "{CANARY}"\n  body = <<EOT\n{CANARY}\nEOT\n}}\n',
    "host.nix": f"{{ users.users.root.password = \"{CANARY}\"; x = ''\n  {CANARY}\n''; }}\n",
    "service-account.json": json.dumps({"type": "service_account", "private_key": _PEM}),
    "values.yaml": f"postgresql:\n  password: {CANARY}\n",
    "vault.yml": f"$ANSIBLE_VAULT;1.1;AES256\n{CANARY}\n",
    "group_vars.yml": f"db_password: {CANARY}\n",
    "sops.yaml": f"data: ENC[AES256_GCM,data:{CANARY}]\nsops: {{age: []}}\n",
    "token.jwt": f"eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.{CANARY}\n",
    "user-data.yaml": f"#cloud-config\nusers:\n- passwd: {CANARY}\nwrite_files:\n- content: {CANARY}\n",
    "compose.yaml": f"services:\n  db:\n    environment: {{POSTGRES_PASSWORD: {CANARY}}}\n",
    "prometheus.yml": f"scrape_configs:\n- basic_auth: {{password: {CANARY}}}\n",
    "broken.yaml": f"a: b: {CANARY}\n  c: '{CANARY}\n",
    "broken.json": '{"password": "' + CANARY + '", oops ' + CANARY + "}",
    "anchors.yaml": f"a: *{CANARY}\n",
    "keys.yaml": f"{{[{CANARY}, b]: c}}\n",
    "duplicates.yaml": f"{CANARY}: 1\n{CANARY}: 2\n",
    "list.yaml": f"- {CANARY}\n- {CANARY}\n",
    "scalar.yaml": f"{CANARY}\n",
    "tags.yaml": f"a: !!{CANARY} b\nc: !!int {CANARY}\n",
    "kind.yaml": f"apiVersion: {CANARY}/v1\nkind: {CANARY}\n",
    "kind-list.yaml": f"apiVersion: [{CANARY}]\nkind: {{a: {CANARY}}}\n",
    "group.yaml": f"apiVersion: a/b/{CANARY}\nkind: X\n",
    "our-kind-elsewhere.yaml": f"apiVersion: {CANARY}.example/v1\nkind: AuthenticationConfiguration\n"
    f"password: {CANARY}\n",
    "binary.bin": "\0\x01" + CANARY,
    "tabs.yaml": f"a:\n\tb: {CANARY}\n",
    "page.md": f"# Notes\n\nThe password is {CANARY}.\n\n```yaml\npassword: {CANARY}\n```\n",
    "mentions.yaml": f"# see AuthenticationConfiguration\npassword: {CANARY}\n",
    "role.yaml": "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r}\nrules: "
    f"[{{verbs: [get], {CANARY}: x}}]\n",
}
