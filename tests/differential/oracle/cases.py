"""The cases under ../cases, as configurations with a name. README.md describes the kinds of files."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import yaml
from recorded.verdicts import Case

from differential.oracle import limits
from differential.oracle.configuration import ABSENT, as_yaml, configuration, merged

CASES: Final = Path(__file__).resolve().parent.parent / "cases"
ROOT: Final = Path(__file__).resolve().parents[3]
CORPUS: Final = ROOT.parent / "shared" / "corpus"


def all_cases() -> list[Case]:
    """Every configuration in the folders, by name."""
    found = [case for kind in KINDS.values() for case in kind()]
    names = [case.name for case in found]
    twice = {name for name in names if names.count(name) > 1}
    assert not twice, f"two cases of the same name: {sorted(twice)}"
    return found


def rules() -> Iterator[Case]:
    """cases/rules/*.yaml: differences from the basic valid configuration."""
    for path in sorted((CASES / "rules").glob("*.yaml")):
        for row in yaml.safe_load(path.read_text(encoding="utf-8")):
            patch = {
                key: value
                for key, value in row.items()
                if key not in {"name", "jwt", "serviceAccountIssuers"}
            }
            jwt = row.get("jwt", [{}])
            config = configuration(*jwt) if isinstance(jwt, list) and jwt else {**configuration(), "jwt": jwt}
            if jwt == ABSENT:
                del config["jwt"]
            issuers = tuple(row.get("serviceAccountIssuers", ()))
            yield Case(f"{path.stem}: {row['name']}", as_yaml(merged(config, patch)), issuers)


def extra_keys() -> Iterator[Case]:
    """cases/rules/extra-keys.json: each as the key of an extra mapping."""
    for key in json.loads((CASES / "rules" / "extra-keys.json").read_text(encoding="utf-8")):
        extra = {"claimMappings": {"extra": [{"key": key, "valueExpression": "claims.a"}]}}
        yield Case(f"extra key: {key!r}"[:80] + f" ({len(key)})", as_yaml(configuration(extra)))


def urls() -> Iterator[Case]:
    """cases/rules/urls.json: each as an issuer URL and as a discovery URL."""
    for url in json.loads((CASES / "rules" / "urls.json").read_text(encoding="utf-8")):
        for field in ("url", "discoveryURL"):
            yield Case(f"{field}: {url!r}", as_yaml(configuration({"issuer": {field: url}})))


def emails() -> Iterator[Case]:
    """cases/rules/email.json: username expressions, and the places of email_verified."""
    table = json.loads((CASES / "rules" / "email.json").read_text(encoding="utf-8"))
    for username in table["username"]:
        mapping = {"claim": ABSENT, "prefix": ABSENT, "expression": username}
        for elsewhere in table["elsewhere"] if "email" in username else [{}]:
            patch = merged(_elsewhere(elsewhere), {"claimMappings": {"username": mapping}})
            yield Case(f"email: {username!r} {json.dumps(elsewhere)}", as_yaml(configuration(patch)))


def _elsewhere(where: dict[str, str]) -> dict[str, Any]:
    match where:
        case {"extra": expression}:
            return {"claimMappings": {"extra": [{"key": "example.org/a", "valueExpression": expression}]}}
        case {"rule": expression}:
            return {"claimValidationRules": [{"expression": expression}]}
        case {"claim": claim}:
            return {"claimValidationRules": [{"claim": claim, "requiredValue": "true"}]}
        case {"user": expression}:
            return {"userValidationRules": [{"expression": expression}]}
        case {"groups": expression}:
            return {"claimMappings": {"groups": {"expression": expression}}}
        case {"uid": expression}:
            return {"claimMappings": {"uid": {"expression": expression}}}
    return {"claimMappings": {}}


def documents() -> Iterator[Case]:
    """cases/documents: whole files, as text between lines that begin with `===` or as JSON lines."""
    for path in sorted((CASES / "documents").glob("*.txt")):
        for block in path.read_text(encoding="utf-8").split("=== ")[1:]:
            name, _, text = block.partition("\n")
            yield Case(f"{path.stem}: {name}", text.encode())
    for path in sorted((CASES / "documents").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            data = (
                base64.b64decode(row["base64"])
                if "base64" in row
                else row["text"].encode("utf-8", "surrogatepass")
            )
            yield Case(f"{path.stem}: {row['name']}", data)


def authorities() -> Iterator[Case]:
    """cases/authorities: each file as the certificate authority of an issuer."""
    for path in sorted((CASES / "authorities").glob("*.pem")):
        with path.open(encoding="utf-8", newline="") as file:
            authority = {"issuer": {"certificateAuthority": file.read()}}
        yield Case(f"authority: {path.stem}", as_yaml(configuration(authority)))


def saved() -> Iterator[Case]:
    """cases/found: differences that a search found; each remains as a case."""
    for path in sorted((CASES / "found").glob("*.yaml")):
        yield Case(f"found: {path.stem}", path.read_bytes())


def project() -> Iterator[Case]:
    """The project's own configurations: the examples, and the fixtures of findings."""
    rules = sorted(ROOT.glob("pkgs/kube-oidc/src/kube_oidc/rules/*/rule.py"))
    examples = [rule.with_name(f"{kind}.yaml") for rule in rules for kind in ("bad", "good")]
    for path in (*sorted(ROOT.glob("examples/*/auth.yaml")), *examples):
        yield Case(f"project: {path.relative_to(ROOT)}", path.read_bytes())


def corpus() -> list[Case]:
    """Published configurations, if they are next to the project."""
    return [Case(f"corpus: {path.name}", path.read_bytes()) for path in sorted(CORPUS.glob("*.yaml"))]


def corpus_verdicts() -> dict[str, bool]:
    """The recorded verdict on each published configuration (Kubernetes 1.36)."""
    path = CORPUS / "verdicts.jsonl"
    if not path.exists():
        return {}
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {f"corpus: {row['file']}": row["valid"] for row in rows}


KINDS: Final[dict[str, Callable[[], Iterator[Case]]]] = {
    "rules": rules,
    "extra keys": extra_keys,
    "URLs": urls,
    "email rules": emails,
    "counts": limits.issuers,
    "strict errors": limits.strict_errors,
    "documents": documents,
    "authorities": authorities,
    "found": saved,
    "project": project,
}
