"""What the pages say that a command prints is what it prints, to the letter."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from kube_oidc.authn.keys import Key, KeySet
from kube_oidc.cli import main
from kube_oidc.cluster.metrics import IssuerMetrics, ServerMetrics, issuer_hash
from kube_oidc.cluster.server import ServerReport
from kube_oidc.issuers.report import IssuerReport
from kube_oidc.report.status_text import as_text
from kube_oidc.status import Status, Written
from kube_oidc.status.problems import problems

from pages.page import ROOT, Shown, shown

EXAMPLE: Final = ROOT / "examples/forgejo"
CLAIMS: Final = {
    "iss": "https://git.technowizardry.net/api/actions",
    "aud": "forgejo",
    "sub": "repo:adam/technowizardry.net:ref:refs/heads/main",
    "repository": "adam/technowizardry.net",
    "repository_owner": "adam",
    "ref": "refs/heads/main",
    "event_name": "push",
}
HEAD: Final = "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n"
ADAM: Final = """\
- issuer: {url: https://git.example.org/api/actions, audiences: [kubernetes]}
  claimValidationRules:
  - expression: "claims.?repository_owner.orValue('') == 'adam'"
  - expression: "claims.?event_name.orValue('') in ['push', 'schedule']"
  claimMappings:
    username: {claim: sub, prefix: "forgejo:"}
"""
DEPLOY: Final = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: deploy
  namespace: blog
rules:
  - apiGroups:
      - apps
    resources:
      - deployments
    verbs:
      - get
      - list
      - watch
      - patch
---
# Of the job on the main branch.

apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: deploy
  namespace: blog
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: deploy}
subjects:
  - apiGroup: rbac.authorization.k8s.io
    kind: User
    name: forgejo:repo:adam/blog:ref:refs/heads/main
"""


def found(page: str, command: str, nth: int = 0) -> Shown:
    """The page's nth command that begins so."""
    return [each for each in shown() if each.page == page and each.command.startswith(command)][nth]


@pytest.fixture
def prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], str]:
    """What the command line prints in the test's own folder."""
    monkeypatch.chdir(tmp_path)

    def run(command: str) -> str:
        main(shlex.split(command)[1:])
        printed = capsys.readouterr()
        assert printed.err == ""
        return printed.out

    return run


def test_the_page_shows_a_field_that_is_misspelt(prints: Callable[[str], str]) -> None:
    example = found("token-refused.md", "kube-oidc check")
    Path("auth.yaml").write_text((EXAMPLE / "auth.yaml").read_text().replace("audiences:", "audience:"))
    assert prints(example.command) == example.output


@pytest.mark.parametrize(("nth", "event"), [(0, "push"), (1, "pull_request_target")])
def test_the_page_explains_a_job_of_the_example(nth: int, event: str, prints: Callable[[str], str]) -> None:
    example = found("token-refused.md", "kube-oidc explain auth.yaml --claims", nth)
    shutil.copy(EXAMPLE / "auth.yaml", "auth.yaml")
    Path("claims.json").write_text(json.dumps(CLAIMS | {"event_name": event}))
    assert prints(example.command) == example.output


def test_the_page_shows_the_nearest_grant(prints: Callable[[str], str]) -> None:
    """From files where the page asks a cluster: they have a place, which is all that differs."""
    example = found("token-refused.md", "kube-oidc explain auth.yaml --claims", 2)
    feature = {name: value.replace("/main", "/feature") for name, value in CLAIMS.items()}
    shutil.copy(EXAMPLE / "auth.yaml", "auth.yaml")
    Path("claims.json").write_text(json.dumps(feature))
    command = example.command.replace("--live --kubeconfig admin.kubeconfig", "--rbac rbac.yaml")
    shutil.copy(EXAMPLE / "rbac.yaml", "rbac.yaml")
    printed = prints(command).replace("  (rbac.yaml:19)", "")
    left_out, _, told = example.output.partition("  …\n")
    assert (left_out, printed[-len(told) :]) == ("", told)


def test_the_page_shows_who_may_do_what(prints: Callable[[str], str]) -> None:
    example = found("who-may-do-what.md", "kube-oidc access")
    Path("auth.yaml").write_text(HEAD + ADAM)
    Path("manifests").mkdir()
    Path("manifests/blog.yaml").write_text(DEPLOY)
    assert prints(example.command) == example.output


def test_the_page_shows_an_api_server_with_another_file() -> None:
    example = found("token-refused.md", "kube-oidc status")
    written, loaded = re.findall(r"sha256:[0-9a-f]{64}", example.output)[::-1]
    [server, issuer] = [
        re.search(rf"{kind} (https://\S+):", example.output)[1] for kind in ("server", "issuer")
    ]
    asked = datetime(2026, 1, 2, 1, 55, 34, tzinfo=UTC).timestamp()
    fetched = {"success": asked - 9}
    known = IssuerMetrics({"success": 1}, fetched, "sha256:keys")
    metrics = ServerMetrics(loaded, {"failure": 1}, {"failure": asked - 9}, {issuer_hash(issuer): known})
    key = Key("forgejo-1", "RSA", "RS256", 2048, ("RS256",))
    status = Status(
        Written("auth.yaml", written, asked - 60, "", ()),
        (ServerReport(server, "v1.36.3", "kube-apiserver-owner", (), metrics, 0.0),),
        (
            IssuerReport(
                issuer,
                f"{issuer}/.well-known/openid-configuration",
                proxy="HTTPS_PROXY",
                certificate_expires=asked + 24 * 3600,
                keys=KeySet((key,), "sha256:keys"),
                clock_seconds=0.0,
            ),
        ),
        asked,
    )
    assert as_text(status, problems(status)) == example.output


def test_the_page_lists_the_schemas(prints: Callable[[str], str]) -> None:
    example = found("editors.md", "kube-oidc schema", 1)
    assert prints(example.command) == example.output


def test_the_page_shows_a_persons_kubeconfig(prints: Callable[[str], str]) -> None:
    example = found("people.md", "kube-oidc kubeconfig")
    assert prints(example.command) == example.output
