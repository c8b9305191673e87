"""The tokens made for a run are those that the provider's model allows, with the subject that the forge writes."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from kube_oidc.providers.files import providers
from kube_oidc.providers.made_token import MadeToken, MadeTokenError
from kube_oidc.providers.model import model_of
from kube_oidc.providers.provider import Provider, provider_with_id
from kube_oidc.providers.runs import Run, tokens_of_run

URLS = {
    "forgejo": "https://git.example.org/api/actions",
    "github": "https://token.actions.githubusercontent.com",
    "gitlab": "https://gitlab.example.org",
}
MAIN = Run("adam/blog", owner_id="2", repository_id="17")
REFS = ("refs/heads/main", "refs/heads/feature/x", "refs/tags/v1.0")


def made(name: str, run: Run) -> list[MadeToken]:
    return list(tokens_of_run(provider_with_id(name, URLS[name]), URLS[name], "k8s", run))


def subjects(name: str, **fields: Any) -> dict[str, str]:
    return {token.title: str(token.claims["sub"]) for token in made(name, replace(MAIN, **fields))}


@pytest.mark.parametrize("name", URLS)
@pytest.mark.parametrize("ref", REFS)
@pytest.mark.parametrize("environment", ["", "production"])
def test_the_model_allows_what_is_made(name: str, ref: str, environment: str) -> None:
    facts = providers()[name]
    model = model_of(Provider(facts))
    of_branches = [
        event
        for event in facts["events"]["refused"]
        if facts["events"]["refused"][event]["subject"] == "branch"
    ]
    events = ["push", *facts["events"]["default"], "pull_request", *(of_branches if ref == REFS[0] else ())]
    for event in dict.fromkeys(events):
        if event == "schedule" and ref != REFS[0]:
            continue  # it runs on the default branch
        if event == "pull_request" and (name == "gitlab" or "/tags/" in ref):
            continue  # there is no such run
        for token in made(
            name, replace(MAIN, ref=ref, event=event, environment=environment, workflow="ci.yaml")
        ):
            assert list(model.differences(token.claims)) == [], token


def test_forgejo_has_two_formats_from_16_on() -> None:
    names, numbers = "repo:adam/blog:ref:refs/heads/main", "repo:adam-2/blog-17:ref:refs/heads/main"
    assert subjects("forgejo") == {
        "Forgejo Actions 15": names,
        "Forgejo Actions 16, names in the subject": names,
        "Forgejo Actions 16, numbers in the subject": numbers,
    }
    assert list(subjects("forgejo", version="15").values()) == [names]
    assert list(subjects("forgejo", version="17").values()) == [names, numbers]
    old, new, _ = made("forgejo", MAIN)
    assert "repository_id" not in old.claims
    assert (new.claims["repository_id"], new.claims["repository_owner_id"], new.claims["actor_id"]) == (
        "17",
        "2",
        "12",
    )


@pytest.mark.parametrize(
    ("fields", "subject", "ref"),
    [
        ({"event": "pull_request"}, "repo:adam/blog:pull_request", "refs/pull/1/head"),
        ({"ref": "refs/pull/7/head"}, "repo:adam/blog:pull_request", "refs/pull/7/head"),
        ({"event": "pull_request_target"}, "repo:adam/blog:ref:refs/heads/main", "refs/heads/main"),
        (
            {"event": "workflow_call", "ref": "refs/pull/7/head"},
            "repo:adam/blog:ref:refs/pull/7/head",
            "refs/pull/7/head",
        ),
        ({"ref": "refs/tags/v1"}, "repo:adam/blog:ref:refs/tags/v1", "refs/tags/v1"),
        ({"environment": "production"}, "repo:adam/blog:ref:refs/heads/main", "refs/heads/main"),
    ],
)
def test_forgejos_subject_follows_event_and_ref(fields: dict[str, str], subject: str, ref: str) -> None:
    [token] = made("forgejo", replace(MAIN, version="15", **fields))
    assert (token.claims["sub"], token.claims["ref"]) == (subject, ref)
    assert token.claims["ref_type"] == ("" if "/pull/" in ref else "tag" if "/tags/" in ref else "branch")
    assert token.claims["workflow_ref"] == f"adam/blog/.forgejo/workflows/deploy.yaml@{ref}"


def test_github_prefers_the_environment_and_a_merged_pull_request_has_its_base() -> None:
    assert list(subjects("github", environment="production").values()) == [
        "repo:adam/blog:environment:production",
        "repo:adam@2/blog@17:environment:production",
    ]
    tokens = made("github", replace(MAIN, event="pull_request"))
    assert {(token.claims["sub"], token.claims["ref"], token.claims["base_ref"]) for token in tokens} == set(
        product(
            ("repo:adam/blog:pull_request", "repo:adam@2/blog@17:pull_request"),
            ("refs/pull/1/merge", "refs/heads/main"),
            ("main",),
        )
    )


def test_gitlabs_ref_is_short_and_its_host_is_in_the_configs_uri() -> None:
    [token] = made(
        "gitlab", Run("group/sub/site", ref="refs/tags/v1", repository_id="20", workflow="ci/deploy.yml")
    )
    assert token.claims["sub"] == "project_path:group/sub/site:ref_type:tag:ref:v1"
    assert (token.claims["ref"], token.claims["ref_path"], token.claims["ref_type"]) == (
        "v1",
        "refs/tags/v1",
        "tag",
    )
    assert (token.claims["namespace_path"], token.claims["project_id"]) == ("group/sub", "20")
    assert token.claims["ci_config_ref_uri"] == "gitlab.example.org/group/sub/site//deploy.yml@refs/tags/v1"


def test_a_workflow_is_a_file_or_the_whole_claim() -> None:
    [token] = made("forgejo", replace(MAIN, version="15", workflow="release.yaml"))
    assert token.claims["workflow"] == "release.yaml"
    assert token.claims["workflow_ref"] == "adam/blog/.forgejo/workflows/release.yaml@refs/heads/main"
    reusable = "octo/ci/.github/workflows/deploy.yaml@refs/heads/main"
    token = made("github", replace(MAIN, workflow=reusable))[0]
    assert token.claims["job_workflow_ref"] == reusable
    assert token.claims["workflow_ref"] == "adam/blog/.github/workflows/deploy.yaml@refs/heads/main"


def test_numbers_that_are_not_given_are_visible() -> None:
    tokens = made("forgejo", Run("adam/blog"))
    assert tokens[-1].claims["sub"] == "repo:adam-OWNER-ID/blog-REPOSITORY-ID:ref:refs/heads/main"
    assert tokens[-1].unknown == ("--owner-id", "--repository-id")
    assert made("forgejo", MAIN)[-1].unknown == ()


@pytest.mark.parametrize(
    ("name", "run", "reason"),
    [
        (
            "forgejo",
            Run("adam/blog", ref="main"),
            "--ref 'main': expected a full ref, such as refs/heads/main",
        ),
        ("forgejo", Run("blog"), "--repository 'blog': expected OWNER/NAME"),
        ("forgejo", Run("a/b", version="v16"), "--forge-version 'v16': expected a major version, such as 16"),
        (
            "gitlab",
            Run("a/b", version="17"),
            "--forge-version 17: tokens of GitLab CI/CD don't depend on a version",
        ),
    ],
)
def test_a_run_that_does_not_exist(name: str, run: Run, reason: str) -> None:
    with pytest.raises(MadeTokenError) as error:
        made(name, run)
    assert str(error.value) == reason


@pytest.mark.parametrize("name", sorted(name for name, facts in providers().items() if facts["kind"] == "ci"))
def test_every_forge_has_tokens(name: str) -> None:
    facts = providers()[name]
    tokens = list(tokens_of_run(Provider(facts), facts["example"]["iss"], "k8s", MAIN))
    assert tokens
    for token in tokens:
        assert token.claims["aud"] == "k8s"
        assert set(token.claims) >= set(facts["example"])
