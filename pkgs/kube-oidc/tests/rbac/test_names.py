"""In what the names of two workloads differ, in the forms that the providers' subjects have."""

from __future__ import annotations

import pytest
from kube_oidc.rbac.names import Difference, differences

FORGEJO = "forgejo:repo:adam/site:ref:refs/heads/main"
GITHUB = "github:repo:octo-org@65/site@74:environment:production"
CASE = ("branch, in upper and lower case", "refs/heads/Main", "refs/heads/main")
FORM = ("event or environment", "ref:refs/heads/main", "environment:production")
PEOPLE = ("people:ada@example.org", "people:ada@example.com")
GITLAB = "gitlab:project_path:group/site:ref_type:branch:ref:main"


@pytest.mark.parametrize(
    ("here", "there", "want"),
    [
        (FORGEJO.replace("main", "next"), FORGEJO, ("branch", "refs/heads/next", "refs/heads/main")),
        (FORGEJO.replace("heads", "tags"), FORGEJO, ("branch or tag", "refs/tags/main", "refs/heads/main")),
        (FORGEJO.replace("adam", "eve"), FORGEJO, ("owner", "eve/site", "adam/site")),
        (FORGEJO.replace("site", "blog"), FORGEJO, ("repository", "adam/blog", "adam/site")),
        (FORGEJO.replace("site", "sites"), FORGEJO, ("repository, by one character", "adam/sites", "adam/site")),
        (FORGEJO.replace("main", "Main"), FORGEJO, CASE),
        ("forgejo:repo:adam/site:pull_request", FORGEJO, ("event", "pull_request", "ref:refs/heads/main")),
        (FORGEJO.removeprefix("forgejo:"), FORGEJO, ("prefix of the user name", "", "forgejo:")),
        (FORGEJO, FORGEJO.removeprefix("forgejo:"), ("prefix of the user name", "forgejo:", "")),
        (GITHUB.replace("production", "staging"), GITHUB, ("environment", "staging", "production")),
        (GITHUB.replace("@65", "").replace("@74", ""), GITHUB, ("repository", "octo-org/site", "octo-org@65/site@74")),
        (GITHUB.replace("environment:production", "ref:refs/heads/main"), GITHUB, FORM),
        (GITLAB.replace("ref:main", "ref:next"), GITLAB, ("branch or tag", "next", "main")),
        (GITLAB.replace("branch", "tag"), GITLAB, ("kind of ref", "tag", "branch")),
        (*PEOPLE, ("user name", *PEOPLE)),
    ],
)  # fmt: skip
def test_what_differs(here: str, there: str, want: tuple[str, str, str]) -> None:
    found = differences(here, there)
    assert found is not None
    assert [(each.what, each.here, each.there) for each in found] == [want]


def test_groups_are_not_called_users() -> None:
    for here, there, want in (
        ("people:ops-eu", "people:ops-us", ("group", "people:ops-eu", "people:ops-us")),
        ("people-ops", "sso:people-ops", ("prefix of the group", "", "sso:")),
    ):
        assert differences(here, there, "group") == (Difference(*want),)


def test_two_parts_may_differ() -> None:
    found = differences(FORGEJO.replace("site", "blog").replace("main", "next"), FORGEJO)
    assert [each.what for each in found or ()] == ["repository", "branch"]


def test_equal_names_differ_in_nothing_and_strangers_in_everything() -> None:
    assert differences(FORGEJO, FORGEJO) == ()
    assert differences("ada", FORGEJO) is None
    assert differences("system:kube-scheduler", FORGEJO) is None


def test_a_difference_reads_as_a_line() -> None:
    assert str(Difference("branch", "a", "")) == "branch: a here, (none) there"
