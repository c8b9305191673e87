"""Cases around Kubernetes' limits: the number of issuers and of strict errors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from recorded.verdicts import Case

from differential.oracle.configuration import API_VERSION, as_yaml, configuration, entry

HEAD: Final = f'"apiVersion": "{API_VERSION}", "kind": "AuthenticationConfiguration"'
AROUND: Final = (99, 100, 101, 150)


def issuers() -> Iterator[Case]:
    """Around the limit of 64 issuers."""
    for count in (63, 64, 65, 100):
        yield Case(f"{count} issuers", as_yaml(configuration(*({} for _ in range(count)))))


def strict_errors() -> Iterator[Case]:
    """Around the API server's limit of 100 strict errors, not counting repetitions."""
    good = json.dumps(entry())
    for count in AROUND:
        unknown = {f"k{number}": 1 for number in range(count)}
        yield Case(f"{count} unknown fields", as_yaml(configuration() | unknown))
        yield _json(f"{count} unknown fields in JSON", json.dumps(unknown)[1:-1])
        twice = ",".join(['{"issuer": {}, "issuer": {}}'] * count)
        yield _json(f"{count} duplicate fields", f'"jwt": [{twice}]')
        half = ",".join(['{"issuer": {"x": 1, "url": "", "url": ""}}'] * (count // 2 + 1))
        yield _json(f"{count} unknown and duplicate fields", f'"jwt": [{half}]')
        yield _json(f"one unknown field {count} times", ",".join(['"x": 1'] * count) + f', "jwt": [{good}]')
        yield _json(f"{count} unknown fields, each twice", ",".join([json.dumps(unknown)[1:-1]] * 2))
        lines = "".join(f"k{number}: 1\nk{number}: 1\n" for number in range(count))
        yield Case(f"{count} unknown fields, set twice in YAML", as_yaml(configuration()) + lines.encode())
        yield Case(f"one key {count} times in YAML", as_yaml(configuration()) + b"x: 1\n" * count)
        wrong = {**unknown, "jwt": "text"}
        yield Case(f"{count} unknown fields beside a wrong type", as_yaml(configuration() | wrong))
        nested = {"issuer": {**entry()["issuer"], **unknown}}
        yield Case(f"{count} unknown fields inside", as_yaml(configuration(nested, {"issuer": {"y": 1}})))


def _json(name: str, fields: str) -> Case:
    return Case(name, f"{{{HEAD}, {fields}}}".encode())
