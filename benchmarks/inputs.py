"""What is measured: the post's file, a big file, a thousand files, a stream of claims."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import yaml

POST: Final = """\
apiVersion: apiserver.config.k8s.io/v1beta1
kind: AuthenticationConfiguration
jwt:
  - issuer:
      url: https://git.technowizardry.net/api/actions
      audiences:
        - forgejo
      audienceMatchPolicy: MatchAny
    claimMappings:
      username:
        claim: sub
        prefix: "forgejo:"
"""
NOW: Final = 1_800_000_000
CLAIMS: Final = 20_000
FILES: Final = 1_000
BINDINGS: Final = 10_000


def post(folder: Path) -> Path:
    """The file that the post shows."""
    return _written(folder / "post.yaml", POST)


def pinned(folder: Path) -> Path:
    """The post's file with its owner pinned."""
    rule = "    claimValidationRules:\n      - expression: claims.repository_owner == 'adam'\n        message: no\n"
    return _written(folder / "pinned.yaml", POST + rule)


def big(folder: Path) -> Path:
    """64 issuers with 20 expressions each, all different."""
    entries = [_entry(number) for number in range(64)]
    return _written(folder / "big.yaml", yaml.safe_dump(_file(entries), sort_keys=False))


def with_expressions(folder: Path) -> Path:
    """One issuer whose user is made by expressions alone, with rules on the claims and on the user."""
    entry = _entry(0)
    del entry["claimValidationRules"][2:]
    return _written(folder / "expressions.yaml", yaml.safe_dump(_file([entry]), sort_keys=False))


def many(folder: Path) -> Path:
    """A folder of a thousand files like the post's, each with an issuer of its own."""
    files = folder / "many"
    files.mkdir()
    for number in range(FILES):
        _written(files / f"{number:04}.yaml", POST.replace("git.", f"git{number}."))
    return files


def claims(folder: Path, issuer: str) -> Path:
    """Claims, one JSON object a line, as Forgejo has them."""
    lines = (json.dumps(_claims(number, issuer)) for number in range(CLAIMS))
    return _written(folder / f"claims-{len(issuer)}.jsonl", "\n".join(lines) + "\n")


def access(folder: Path) -> tuple[Path, Path]:
    """64 issuers as the module renders them, and 10,000 bindings of users that they make."""
    entries = [_forgejo(number) for number in range(64)]
    bindings = (_binding(number) for number in range(BINDINGS))
    roles = (_role(number) for number in range(500))
    return (
        _written(folder / "issuers.yaml", yaml.safe_dump(_file(entries), sort_keys=False)),
        _written(folder / "rbac.yaml", "---\n".join([*roles, *bindings])),
    )


def _forgejo(number: int) -> dict[str, Any]:
    owner = f"claims.?repository_owner.orValue('') in ['team{number}']"
    return {
        "issuer": {"url": f"https://git{number}.example.org/api/actions", "audiences": ["kubernetes"]},
        "claimValidationRules": [
            {"expression": owner, "message": "no"},
            {"expression": "claims.?event_name.orValue('') in ['push', 'schedule']", "message": "no"},
        ],
        "claimMappings": {"username": {"claim": "sub", "prefix": f"git{number}:"}},
        "userValidationRules": [{"expression": "!user.username.startsWith('system:')", "message": "no"}],
    }


def _role(number: int) -> str:
    return f"""\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: deploy
  namespace: namespace{number}
rules:
  - apiGroups: [apps]
    resources: [deployments]
    verbs: [get, list, watch, patch]
"""


def _binding(number: int) -> str:
    subject = f"git{number % 64}:repo:team{number % 64}/app{number}:ref:refs/heads/main"
    return f"""\
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: deploy-{number}
  namespace: namespace{number % 500}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: deploy
subjects:
  - apiGroup: rbac.authorization.k8s.io
    kind: User
    name: {subject}
"""


def _claims(number: int, issuer: str) -> dict[str, Any]:
    return {
        "iss": issuer,
        "aud": "forgejo",
        "sub": f"repo:adam/project{number}:ref:refs/heads/main",
        "exp": NOW + 3600,
        "iat": NOW,
        "nbf": NOW,
        "actor": "adam",
        "event_name": "push",
        "ref": "refs/heads/main",
        "ref_type": "branch",
        "ref_protected": "true",
        "repository": f"adam/project{number}",
        "repository_owner": "adam",
        "run_id": str(number),
        "sha": f"{number:040x}",
        "groups": ["a", "b"],
    }


def _entry(number: int) -> dict[str, Any]:
    rules = [
        {
            "expression": f"claims.repository.startsWith('adam/') && claims.run_id != 'x{number}-{rule}'",
            "message": "no",
        }
        for rule in range(14)
    ]
    return {
        "issuer": {"url": f"https://issuer{number}.example", "audiences": ["forgejo"]},
        "claimValidationRules": rules,
        "claimMappings": {
            "username": {"expression": "'forgejo:' + claims.sub"},
            "groups": {"expression": "dyn(claims.?groups.orValue([])).map(g, 'g:' + g)"},
            "uid": {"expression": "claims.run_id"},
            "extra": [{"key": "example.org/ref", "valueExpression": "claims.ref"}],
        },
        "userValidationRules": [
            {"expression": "!user.username.startsWith('system:')", "message": "reserved"},
            {"expression": "user.groups.all(g, !g.startsWith('system:'))", "message": "reserved"},
        ],
    }


def _file(entries: list[dict[str, Any]]) -> dict[str, Any]:
    head = {"apiVersion": "apiserver.config.k8s.io/v1beta1", "kind": "AuthenticationConfiguration"}
    return {**head, "jwt": entries}


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def audit_log(folder: Path) -> Path:
    """50 MB of audit events at level Metadata: each request with its two stages, of 500 users."""
    lines = []
    for number in range(500):
        for stage, rest in (
            ("RequestReceived", ""),
            (
                "ResponseComplete",
                ',"responseStatus":{"metadata":{},"code":200},"annotations":{"authorization.k8s.io/decision":"allow",'
                '"authorization.k8s.io/reason":"RBAC: allowed by RoleBinding \\"deploy/blog\\" of Role \\"deploy\\" '
                f'to User \\"forgejo:repo:adam/r{number}:ref:refs/heads/main\\""}}',
            ),
        ):
            lines.append(
                '{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"9f0ad4c1-0000-4000-8000-'
                f'000000000000","stage":"{stage}","requestURI":"/apis/apps/v1/namespaces/blog/deployments/r{number}",'
                f'"verb":"get","user":{{"username":"forgejo:repo:adam/r{number}:ref:refs/heads/main","groups":'
                '["system:authenticated"]},"sourceIPs":["192.0.2.1"],"userAgent":"kubectl/v1.36.3 (linux/amd64)",'
                f'"objectRef":{{"resource":"deployments","namespace":"blog","name":"r{number}","apiGroup":"apps"}},'
                '"requestReceivedTimestamp":"2026-11-30T10:00:00.000000Z","stageTimestamp":"2026-11-30T10:00:00.1Z"'
                f"{rest}}}\n"
            )
    block = "".join(lines)
    return _written(folder / "audit.log", block * (50_000_000 // len(block)))
