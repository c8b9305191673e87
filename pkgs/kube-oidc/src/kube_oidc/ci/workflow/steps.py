"""Scripts for the job's steps, run with `bash -e`. The token is never in a file, an argument or a log."""

from __future__ import annotations

from typing import Final

from kube_oidc.ci.workflow import Deployment

ID_TOKEN: Final = "KUBE_ID_TOKEN"  # noqa: S105 - the variable's name in GitLab
# kubectl 1.34 and later take defaults and aliases from ~/.kube/kuberc; 1.33 does where this is `true`
NO_KUBERC: Final = "KUBECTL_KUBERC"
_EXEC: Final = "--exec-api-version=client.authentication.k8s.io/v1 --exec-interactive-mode=Never"
_USE: Final = """\
kubectl config set-context --current --user=oidc
kubectl auth whoami
"""

# jq: a JWT as ExecCredential; kubectl asks again when `exp` has come. What jq cannot read it may quote: unseen.
_CREDENTIAL: Final = """
    | {token: ., claims: (split(".")[1] | gsub("-"; "+") | gsub("_"; "/") | @base64d | fromjson)}
    | {token, expirationTimestamp: (.claims.exp | floor | todate)}
    | {apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status: .}' 2> /dev/null ||
  { echo "kubernetes-id-token: there is no ID token in the answer" >&2; exit 1; }"""

_FROM_ENDPOINT: Final = """\
printf 'Authorization: bearer %s' "$ACTIONS_ID_TOKEN_REQUEST_TOKEN" |
  curl --disable --silent --show-error --fail --retry 3 --max-time 10 --header @- \\
    --get --data-urlencode "audience=$AUDIENCE" "$ACTIONS_ID_TOKEN_REQUEST_URL" |
  jq '.value // error("the answer holds no token")"""

_FROM_VARIABLE: Final = f"""\
: "${{{ID_TOKEN}:?is not set}}"
jq --null-input 'env.{ID_TOKEN}"""


def write_kubeconfig(variable: str) -> str:
    """Write the kubeconfig from the forge's variable; it contains no secret.

    The runner's own ~/.kube/config or KUBECONFIG, possibly an administrator's, is neither used nor changed. The file is
    not in the folder of the script that kubectl runs, as `kubectl config` would shorten that path to a bare name.
    """
    return f"""\
set -euo pipefail
export KUBECONFIG=~/.kube/kube-oidc
umask 077
mkdir -p ~/.kube
printf '%s\\n' "${variable}" > "$KUBECONFIG"
"""


def with_curl(permission: str) -> str:
    """kubectl runs a script that requests a token; the script doesn't contain one.

    `permission` is what a job needs to get one: without it, Forgejo sets both variables to the empty string.
    """
    needed = f"is empty: the job needs {permission}, and runs of forks get no token"
    return _with_script(f': "${{ACTIONS_ID_TOKEN_REQUEST_TOKEN:?{needed}}}"\n{_FROM_ENDPOINT}')


def with_variable() -> str:
    """kubectl takes the token from the job's variable; it is valid as long as the job runs."""
    return _with_script(_FROM_VARIABLE)


def _with_script(source: str) -> str:
    return f"""\
cat > ~/kubernetes-id-token <<'EOF'
#!/usr/bin/env bash
set -euo pipefail
{source}{_CREDENTIAL}
EOF
chmod 700 ~/kubernetes-id-token
kubectl config set-credentials oidc --exec-command="$HOME/kubernetes-id-token" \\
  {_EXEC}
{_USE}"""


def with_plugin(further: str = "") -> str:
    """kubectl runs `kube-oidc token` from the runner's PATH."""
    return f"""\
kubectl config set-credentials oidc --exec-command=kube-oidc --exec-arg=token \\
  --exec-arg=--audience --exec-arg="$AUDIENCE" --exec-arg=--exec-credential{further} \\
  {_EXEC}
{_USE}"""


def for_later_steps() -> str:
    """Set KUBECONFIG for the following steps (GitHub and Forgejo; GitLab uses one shell)."""
    return 'echo "KUBECONFIG=$KUBECONFIG" >> "$GITHUB_ENV"\n'


def deploy(deployment: Deployment) -> str:
    """Set the image and wait for the rollout."""
    target = f"deployment/{deployment.name} --namespace {deployment.namespace}"
    return f"""\
set -euo pipefail
kubectl set image {target} "{deployment.container}=$IMAGE"
kubectl rollout status {target} --timeout={deployment.timeout}
"""
