"""Ambiguous strings, as Nix writes them and as Kubernetes' own YAML parser and CEL read them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
import yaml
from kube_oidc.data import folder
from kube_oidc.serialize.yaml import dumps

STRINGS: Final = (
    "a'b", 'a"b', "a\\b", "a\\'b", "'' || true || '", "'] || true || '' in ['", "a\nb", "a\rb", "a\tb", "a\n",
    "\na", "a\n \n", "a\n  ", "a: b\nc: d", "a\n---\nb", "a\n...\n", "a #b", "# a", "- a", "%a", "{a", "&a",
    "yes", "NULL", "0x10", "1_0", ".inf", "1:30", "<<", "=", "${a}", "$a", "''${a}", "\x7f", "a\x85b", "\x9fa",
    "a\u2028b", "a\u2029b", "\ufeffa", "a\ufffe", "a\uffff", "\u0600", "é", "e\u0301", "日本", "\U0001f600", "а",
    "(a|b)", "a.b", "^a$", "[a]", "a+", "a?", "a{2}", "a|b", "\\pL", "\\d", "a" * 2000,
)  # fmt: skip


@pytest.fixture(scope="module")
def reference() -> Iterator[Any]:
    from differential.oracle.process import Reference, ReferenceMissingError

    try:
        with Reference() as started:
            yield started
    except ReferenceMissingError as error:
        pytest.skip(str(error))


def rendered(evaluate: Callable[[str], Any], make: str) -> list[str]:
    """The file for each string: `make` is a function from it to an entry of `jwt`."""
    texts: list[str] = evaluate(f"""
      let
        toYAML = import ./modules/yaml.nix {{ inherit lib; }} {{ }};
        trust = import ./modules/trust.nix {{ inherit lib; }};
        lists = lib.genAttrs trust.lists (_: null);
        base = {{ issuer = {{ url = "https://git.example.org"; audiences = [ "a" ]; }}; }};
        make = {make};
        file = text: toYAML {{
          apiVersion = "apiserver.config.k8s.io/v1";
          kind = "AuthenticationConfiguration";
          jwt = [ (base // make text) ];
        }};
      in
      map file (builtins.fromJSON ''{json.dumps(STRINGS).replace("''", "'''").replace("${", "''${")}'')
    """)
    return texts


def test_every_yaml_parser_agrees(evaluate: Callable[[str], Any], reference: Any) -> None:
    make = """text: { claimMappings.username = { claim = "sub"; prefix = text; }; }"""
    texts = rendered(evaluate, make)
    claims = {"iss": "https://git.example.org", "aud": "a", "sub": "s", "exp": 2000000000}
    answers = reference.authenticate_all((text, json.dumps(claims), 1) for text in texts)
    for string, text, answer in zip(STRINGS, texts, answers, strict=True):
        assert yaml.safe_load(text)["jwt"][0]["claimMappings"]["username"]["prefix"] == string
        assert answer["user"]["username"] == string + "s", (string, answer)


def test_names_are_never_interpreted(evaluate: Callable[[str], Any]) -> None:
    for string, text in zip(STRINGS, rendered(evaluate, "text: { ${text} = [ text ]; }"), strict=True):
        if len(string) > 1000:
            continue  # YAML's own limit of a key is 1024
        assert yaml.safe_load(text)["jwt"][0][string] == [string]


@pytest.mark.parametrize("end", ["", "-*"])
def test_trust_matches_only_this_string(end: str, evaluate: Callable[[str], Any], reference: Any) -> None:
    make = f"""
      text: {{
        claimMappings.username = {{ claim = "sub"; prefix = ""; }};
        claimValidationRules = map (item: item.rule) (trust.rules "git" {{
          provider = "forgejo";
          trust = lists // {{ owners = [ (text + "{end}") ]; protectedRefsOnly = false; }};
        }});
      }}
    """
    texts = rendered(evaluate, make)
    claims = {"iss": "https://git.example.org", "aud": "a", "sub": "s", "exp": 2000000000}

    def asked(*owners: str | None) -> list[bool]:
        tokens = [claims if owner is None else {**claims, "repository_owner": owner} for owner in owners]
        questions = ((text, json.dumps(token), 1) for text, token in zip(texts, tokens, strict=True))
        return ["user" in answer for answer in reference.authenticate_all(questions)]

    trusted = [string + end.replace("*", "x") for string in STRINGS]
    assert asked(*trusted) == [True] * len(STRINGS)
    for other in ("eve", "", None, "aab", "true"):
        assert asked(*[other] * len(STRINGS)) == [False] * len(STRINGS)


@pytest.mark.parametrize(
    ("ref", "is_trusted"),
    [("refs/heads/main", True), ("refs/heads/x", False), ("refs/heads/x@refs/heads/main", False)],
)
def test_branch_with_an_at_sign_does_not_match_its_suffix(
    ref: str, is_trusted: bool, evaluate: Callable[[str], Any], reference: Any
) -> None:
    workflow = "adam/site/.github/workflows/"
    make = f"""
      text: {{
        claimMappings.username = {{ claim = "sub"; prefix = ""; }};
        claimValidationRules = map (item: item.rule) (trust.rules "git" {{
          provider = "github";
          trust = lists // {{ workflows = [ "{workflow}*@refs/heads/main" ]; protectedRefsOnly = false; }};
        }});
      }}
    """
    claims = {
        "iss": "https://git.example.org",
        "aud": "a",
        "sub": "s",
        "exp": 2000000000,
        "job_workflow_ref": f"{workflow}deploy.yaml@{ref}",
    }
    answer = reference.authenticate(rendered(evaluate, make)[0], json.dumps(claims), 1)
    assert ("user" in answer) == is_trusted, answer


def test_nix_and_python_write_the_same_values(evaluate: Callable[[str], Any]) -> None:
    """modules/yaml.nix and serialize/yaml.py differ in quotes only: each leaves bare what the other may."""
    words = json.loads((folder("serialize") / "reserved-words.json").read_text("utf-8"))
    strings = [
        *STRINGS,
        *words,
        *(word.upper() for word in words),
        "plain",
        "refs/heads/main",
        "a:b",
        "12",
        "1e3",
    ]
    quoted = json.dumps(strings).replace("''", "'''").replace("${", "''${")
    nix: list[str] = evaluate(f"""
      map (text: import ./modules/yaml.nix {{ inherit lib; }} {{ }} {{ key = text; }}) (builtins.fromJSON ''{quoted}'')
    """)
    for string, theirs in zip(strings, nix, strict=True):
        ours = dumps({"key": string})
        assert yaml.safe_load(theirs) == yaml.safe_load(ours) == {"key": string}, (ours, theirs)
        if string.lower() in words:
            assert '"' in ours
            assert '"' in theirs
