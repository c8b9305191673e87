"""`kube-oidc migrate` against kube-apiserver's own option code: the file means the same as the flags.

A program built from Kubernetes' own packages gets the old flags, and `--authentication-config` with our file. It must
create the same authenticator from both, and the same user or error for every token.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from e2e.harness import go_program
from kube_oidc.migrate import migrate
from kube_oidc.migrate.flags import MigrateError, parse
from kube_oidc.migrate.render import render_yaml
from kube_oidc.verdict.versions import DEFAULT

MODULE = Path(__file__).parents[1] / "binaries"
ISSUER = "https://issuer.example.org/realms/main"
CASES = 400
SEED = 20250301
NEVER = 4102444800


@pytest.fixture(scope="session")
def option_code() -> Path:
    """kube-apiserver's option code as a program, built once per state of its sources."""
    return go_program.build("oidcflags", MODULE, "./oidcflags")


def ask(program: Path, questions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    done = subprocess.run([program], input=lines, capture_output=True, text=True, timeout=300, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def flag_sets(choose: random.Random) -> Iterator[list[str]]:
    """Flags as used in the field, valid and invalid, in every form that the flag library accepts."""
    values = {
        "oidc-issuer-url": [ISSUER] * 6 + ["http://issuer.example.org", "", "issuer", ISSUER + "?a=b"],
        "oidc-client-id": ["kubernetes"] * 6 + ["", "a client"],
        "oidc-username-claim": ["sub", "email", "preferred_username", "upn", ""],
        "oidc-username-prefix": ["-", "oidc:", "", "- ", "--", "a b"],
        "oidc-groups-claim": ["groups", "roles", ""],
        "oidc-groups-prefix": ["oidc:", "", "-"],
        "oidc-signing-algs": ["RS256", "RS256,ES256", "ES384", "", "HS256", "rs256", '"RS256"'],
        "oidc-required-claim": [
            "hd=example.org",
            "team = blue ",
            "hd=other",
            "a=b=c",
            "empty=",
            "=x",
            "none",
            "u=ü",
        ],
    }
    required = ("oidc-issuer-url", "oidc-client-id")
    while True:
        words: list[str] = []
        names = [name for name in values if choose.random() < (0.97 if name in required else 0.4)]
        names += ["oidc-required-claim"] * choose.choice([0, 0, 0, 1, 2])
        choose.shuffle(names)
        for name in names:
            value = choose.choice(values[name])
            written = name.replace("-", "_") if choose.random() < 0.1 else name
            words += [f"--{written}={value}"] if choose.random() < 0.7 else [f"--{written}", value]
        yield words


def tokens() -> list[dict[str, str]]:
    """Claims that each flag treats differently; each is valid except for one thing."""
    usual = {
        "iss": ISSUER,
        "aud": "kubernetes",
        "exp": NEVER,
        "sub": "42",
        "email": "jane@example.org",
        "email_verified": True,
        "preferred_username": "jane",
        "groups": ["admins", "staff"],
        "hd": "example.org",
        "team": "blue",
        "a": "b=c",
        "empty": "",
        "u": "ü",
        "jti": "one",
    }
    changes: list[dict[str, Any]] = [
        {},
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "true"},
        {"sub": 7},
        {"sub": ""},
        {"email": None},
        {"preferred_username": ["jane"]},
        {"groups": "admins"},
        {"groups": None, "roles": ["r"]},
        {"groups": 7},
        {"groups": []},
        {"hd": "other"},
        {"hd": None},
        {"hd": ["example.org"]},
        {"team": "blue "},
        {"empty": None},
        {"aud": ["other", "kubernetes"]},
        {"aud": "other"},
        {"iss": ISSUER + "/"},
        {"exp": 1},
        {"nbf": NEVER},
        {"upn": "jane@example.org"},
    ]
    claims = [
        {key: value for key, value in (usual | change).items() if value is not None} for change in changes
    ]
    return [{"alg": "RS256", "payload": json.dumps(payload)} for payload in claims]


def migrated(words: list[str], folder: Path, number: int) -> list[str] | None:
    """The flags that replace these, with the file that `kube-oidc migrate` writes; None if it rejects them."""
    try:
        result = migrate(parse(words), lambda file: Path(file).read_text())
    except MigrateError:
        return None
    file = folder / f"{number}.yaml"
    file.write_text(render_yaml(result.authenticator, DEFAULT))
    return [f"--authentication-config={file}"]


def in_order(authenticator: dict[str, Any]) -> dict[str, Any]:
    """Sorts required claims, which are a map in the flags and a list in the file."""
    rules = authenticator["ClaimValidationRules"]
    return authenticator | {"ClaimValidationRules": sorted(rules or [], key=lambda rule: rule["Claim"])}


def reason(said: dict[str, Any]) -> dict[str, Any]:
    """The error without what varies between runs: the time, and which of several claims a Go map yields first."""
    error = re.sub(r"current time .*? before", "before", said.get("error", ""))
    error = re.sub(r"^(oidc: required claim|oidc: parse claim) .*", r"\1", error)
    return said if "user" in said else {"error": error}


def test_every_set_of_flags_means_the_same_as_a_file(option_code: Path, tmp_path: Path) -> None:
    generated = flag_sets(random.Random(SEED))
    sets = [next(generated) for _ in range(CASES)]
    files = [migrated(words, tmp_path, number) for number, words in enumerate(sets)]
    questions = [{"flags": words, "tokens": tokens()} for words in sets]
    olds = ask(option_code, questions)
    news = ask(option_code, [{"flags": file or ["--nonsense"], "tokens": tokens()} for file in files])
    accepted = 0
    for words, file, old, new in zip(sets, files, olds, news, strict=True):
        if "error" in old:
            assert file is None or "error" in new, (words, old)
            continue
        assert file is not None, words
        assert in_order(new["authenticator"]) == in_order(old["authenticator"]), words
        accepted += 1
        if "RS256" not in (old["algorithms"] or ["RS256"]):
            continue  # the documented difference: see below
        assert list(map(reason, new["tokens"])) == list(map(reason, old["tokens"])), words
    assert accepted > CASES / 4
    users = [token["user"]["username"] for old in olds for token in old.get("tokens", []) if "user" in token]
    assert {"jane@example.org", f"{ISSUER}#42", "oidc:jane", "42"} <= set(users)


def test_the_authoritys_text_is_taken_over(option_code: Path, tmp_path: Path, authority_pem: str) -> None:
    file = tmp_path / "ca.pem"
    file.write_text(authority_pem)
    words = [f"--oidc-issuer-url={ISSUER}", "--oidc-client-id=k", f"--oidc-ca-file={file}"]
    old, new = ask(option_code, [{"flags": words}, {"flags": migrated(words, tmp_path, 0)}])
    assert old["authenticator"]["Issuer"]["CertificateAuthority"] == authority_pem
    assert new["authenticator"] == old["authenticator"]


@pytest.fixture
def authority_pem(tmp_path_factory: pytest.TempPathFactory) -> str:
    from e2e.harness.certificates import Authority

    return Authority("authority", tmp_path_factory.mktemp("authority")).pem.decode()


def test_the_named_difference_is_the_only_one(option_code: Path, tmp_path: Path) -> None:
    """Signing algorithms: the flags accept those they list, the file all nine; migrate reports this."""
    words = [f"--oidc-issuer-url={ISSUER}", "--oidc-client-id=kubernetes", "--oidc-signing-algs=RS256,ES256"]
    every = [f"{family}{bits}" for family in ("RS", "ES", "PS") for bits in (256, 384, 512)]
    asked = [{"alg": algorithm, "payload": tokens()[0]["payload"]} for algorithm in [*every, "HS256", "none"]]
    file = migrated(words, tmp_path, 0)
    old, new = ask(option_code, [{"flags": words, "tokens": asked}, {"flags": file, "tokens": asked}])

    def accepted(said: dict[str, Any]) -> list[str]:
        answers = zip(asked, said["tokens"], strict=True)
        return [token["alg"] for token, answer in answers if "user" in answer]

    assert accepted(old) == ["RS256", "ES256"]
    assert accepted(new) == every
    [note] = [note for note in migrate(parse(words), str).notes if note.startswith("signing algorithms")]
    assert "the flags accept RS256, ES256 (--oidc-signing-algs)" in note


def test_the_api_server_rejects_the_flags_together_with_the_file(option_code: Path, tmp_path: Path) -> None:
    words = [f"--oidc-issuer-url={ISSUER}", "--oidc-client-id=kubernetes"]
    file = migrated(words, tmp_path, 0)
    assert file is not None
    [both] = ask(option_code, [{"flags": [*words, *file]}])
    assert both == {"error": "authentication-config file and oidc-* flags are mutually exclusive"}
    assert "remove --oidc-issuer-url --oidc-client-id" in migrate(parse(words), str).notes[0]
