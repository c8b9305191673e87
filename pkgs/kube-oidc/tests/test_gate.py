"""`kube-oidc access --compare --fail-on`: six changes, what they exceed, and the first line of the comment."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from kube_oidc.cli import main
from kube_oidc.commands import EXIT_CHANGED
from kube_oidc.commands.access import LIMITS

GROUP = "rbac.authorization.k8s.io"
MAIN = "ci:repo:adam/blog:ref:refs/heads/main"


def config(*owners: str, prefix: str = "ci:") -> str:
    names = ", ".join(f"'{owner}'" for owner in owners)
    entry = {
        "issuer": {"url": "https://git.example.org/api/actions", "audiences": ["kubernetes"]},
        "claimValidationRules": [
            {"expression": f"claims.?repository_owner.orValue('') in [{names}]"},
            {"expression": "claims.?event_name.orValue('') in ['push']"},
        ],
        "claimMappings": {"username": {"claim": "sub", "prefix": prefix}},
    }
    return yaml.safe_dump(
        {
            "apiVersion": "apiserver.config.k8s.io/v1",
            "kind": "AuthenticationConfiguration",
            "jwt": [entry],
        }
    )


def bound(*roles: str) -> str:
    bindings = [
        {
            "apiVersion": f"{GROUP}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": role, "namespace": "blog"},
            "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": role},
            "subjects": [{"kind": "User", "name": MAIN, "apiGroup": GROUP}],
        }
        for role in roles
    ]
    return yaml.safe_dump_all(bindings)


NEW, GAINED, SAME = "Someone new gets in.", "No one new gets in, but permissions", "No one new gets in."
RENAMED = "No one new gets in, but some tokens become different users."
BEFORE = (config("adam"), bound("view"))
CHANGES = {
    "nothing": (BEFORE, set(), SAME),
    "another owner": ((config("adam", "eve"), bound("view")), {"widened", "any", "read"}, NEW),
    "no owner less": ((config(), bound("view")), {"any"}, SAME),
    "another prefix": ((config("adam", prefix="x:"), bound("view")), {"widened", "any", "read"}, RENAMED),
    "edit": ((config("adam"), bound("view", "edit")), {"widened", "any", "read", "write"}, GAINED),
    "everything": (
        (config("adam"), bound("view", "cluster-admin")),
        {"widened", "any", "read", "write", "everything"},
        GAINED,
    ),
    "revoked": ((config("adam"), ""), {"any"}, SAME),
}


def compared(folder: Path, after: tuple[str, str], *arguments: str) -> int:
    for name, text in zip(
        ("old.yaml", "before.yaml", "new.yaml", "after.yaml"), (*BEFORE, *after), strict=True
    ):
        (folder / name).write_text(text)
    files = [str(folder / "new.yaml"), f"--compare={folder / 'old.yaml'}"]
    rbac = [f"--rbac={folder / 'after.yaml'}", f"--compare-rbac={folder / 'before.yaml'}"]
    return main(["access", *files, *rbac, *arguments])


@pytest.mark.slow
@pytest.mark.parametrize("name", CHANGES)
def test_what_a_change_exceeds(tmp_path, capsys, name):
    after, exceeded, first = CHANGES[name]
    for limit in LIMITS:
        status = compared(tmp_path, after, f"--fail-on={limit}")
        printed = capsys.readouterr()
        assert status == (EXIT_CHANGED if limit in exceeded else 0), (limit, printed.out)
        assert printed.err.startswith(f"kube-oidc access: --fail-on {limit}: ") == (limit in exceeded)
    assert compared(tmp_path, after, "--format=markdown") == 0
    assert capsys.readouterr().out.startswith(f"**{first}")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--fail-on=any"], "--fail-on requires --compare OLD"),
        (["--compare-live"], "--compare-live requires --compare OLD"),
        (
            ["--compare=x", "--compare-live", "--compare-rbac=y"],
            "--compare-live and --compare-rbac are mutually",
        ),
        (["--compare=x", "--compare-live", "--live"], "--compare-live and --live are mutually exclusive"),
    ],
)
def test_usage_errors(capsys, arguments, reason):
    assert main(["access", "auth.yaml", *arguments]) == 2
    assert reason in capsys.readouterr().err
