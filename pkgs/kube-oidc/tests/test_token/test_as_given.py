"""Tokens as people and scripts hand them over, the same in `token`, in the plugin and in `explain`."""

from __future__ import annotations

import json

import pytest
from kube_oidc.cli import main

from .conftest import AUDIENCE, fresh, jwt

TOKEN = fresh(iss="https://issuer.example.org", canary="as-given-3c1")
FILE = """\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
  - issuer: {url: "https://issuer.example.org", audiences: [forgejo]}
    claimMappings: {username: {claim: sub, prefix: "f:"}}
"""
# what is in the file → what explain says was around the token
FORMS = {
    TOKEN: "",
    f"  {TOKEN}\r\n\n": "",
    f"\ufeff{TOKEN}": "",
    f'"{TOKEN}"\n': "quotes",
    f"'{TOKEN}'": "quotes",
    f"Bearer {TOKEN}": "`Bearer`",
    f"bearer   {TOKEN}": "`Bearer`",
    f"Authorization: Bearer {TOKEN}": "the header's name and `Bearer`",
    f'"Bearer {TOKEN}"': "quotes and `Bearer`",
    json.dumps({"count": 1, "value": TOKEN}): "JSON (the token is in `.value`)",
    json.dumps({"value": f"{TOKEN}\n"}, indent=2): "JSON (the token is in `.value`)",
    json.dumps(
        {"access_token": "opaque", "id_token": TOKEN, "token_type": "Bearer"}
    ): "JSON (the token is in `.id_token`)",
    json.dumps(
        {"kind": "ExecCredential", "status": {"token": TOKEN}}
    ): "JSON (the token is in `.status.token`)",
}
WRONG = {
    "": "is empty",
    "ghs_0123456789abcdef": "is a token for GitHub's API, not an ID token",
    '"glpat-0123456789"': "is a token for GitLab's API",
    "opaque-access-token": "an access token or a request token isn't an ID token",
    json.dumps(
        {"access_token": "a", "token_type": "Bearer"}
    ): "has an access token and no ID token: add the scope",
    json.dumps({"iss": "https://issuer.example.org", "sub": "1"}): "has claims, not a token",
    json.dumps(
        {"message": "Bad credentials"}
    ): "is JSON without a token (in value, id_token, idToken, token)",
    '{"value": "eyJ': "begins like JSON and isn't valid JSON",
    "eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d": "is an encrypted token (JWE)",
}


@pytest.fixture
def explain(tmp_path, capsys):
    (tmp_path / "auth.yaml").write_text(FILE)

    def call(text: str) -> tuple[int, str, str]:
        (tmp_path / "token").write_text(text, encoding="utf-8")
        status = main(["explain", str(tmp_path / "auth.yaml"), "--token-file", str(tmp_path / "token")])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


@pytest.mark.parametrize("text", FORMS)
def test_every_form_is_the_same_token(run, surroundings, tmp_path, explain, text):
    (tmp_path / "token").write_text(text, encoding="utf-8")
    result = run("--file", str(tmp_path / "token"), "--audience", AUDIENCE)
    assert (result.status, result.stdout, result.stderr) == (0, TOKEN + "\n", "")
    surroundings(ID_TOKEN=text.replace("\ufeff", ""))
    result = run("--variable", "ID_TOKEN", "--exec-credential")
    assert json.loads(result.stdout)["status"]["token"] == TOKEN
    status, output, errors = explain(text)
    assert (status, "becomes the user f:repo:adam/blog" in output) == (0, True)
    around = FORMS[text]
    note = f"kube-oidc explain: the file has {around} around the token; sent like that, it gets 401\n"
    assert errors == (note if around else "")


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_id_token_is_named(run, tmp_path, explain, text):
    (tmp_path / "token").write_text(text)
    result = run("--file", str(tmp_path / "token"))
    assert (result.status, result.stdout) == (2, "")
    assert WRONG[text] in result.stderr
    status, output, errors = explain(text)
    assert (status, output) == (2, "")
    assert WRONG[text] in errors
    assert "eyJ" not in result.stderr + errors


@pytest.mark.parametrize(
    "token",
    [
        jwt(typ="Bearer", aud=AUDIENCE, iss="https://issuer.example.org", sub="1", exp=4e9),
        jwt(scope="openid", iss="https://issuer.example.org", sub="1", exp=4e9),
        "eyJ0eXAiOiJhdCtqd3QifQ." + TOKEN.split(".")[1] + ".c2ln",
    ],
)
def test_an_access_token_is_told_from_an_id_token(run, tmp_path, explain, token):
    (tmp_path / "token").write_text(token)
    result = run("--file", str(tmp_path / "token"))
    assert (result.status, result.stdout) == (2, "")
    assert "is an access token, not an ID token: use `id_token`, with the scope `openid`" in result.stderr
    assert (
        "this is an access token; the issuer's response has the ID token in `id_token`" in explain(token)[2]
    )


def test_another_audience_is_said_by_all_of_them(run, tmp_path, explain):
    other = fresh(iss="https://issuer.example.org", aud="other")
    (tmp_path / "token").write_text(f'"{other}"')
    for flags in ([], ["--exec-credential"]):
        result = run("--file", str(tmp_path / "token"), "--audience", AUDIENCE, *flags)
        assert (result.status, result.stdout) == (2, "")
        assert "the token is for 'other', not for 'forgejo'" in result.stderr
    assert 'expected audience "forgejo" got ["other"]' in explain(f'"{other}"')[1]
