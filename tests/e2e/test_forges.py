"""Generated jobs at Forgejo 15, Forgejo 16 before and after the flip, GitHub and GitLab, with the examples' files.

A job deploys with the grant of its example; other runs are refused or forbidden, and the log says why.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from kube_oidc.providers.model import model_of
from kube_oidc.providers.provider import provider_of

from e2e.harness import cluster, processes, serving
from e2e.harness.binaries import REPOSITORY, adapted
from e2e.harness.forges import GITHUB_SERVICE, GitHub, GitHubRun, GitLab, GitLabRun
from e2e.harness.generated import assert_kept_secret
from e2e.harness.issuer import Issuer, Run
from e2e.harness.outcome import kube_oidc
from e2e.harness.runner import Job, Result
from e2e.harness.world import HOST, World, deployment

EXAMPLES: Final = {"forgejo": "technowizardry", "github": "site", "gitlab": "site"}
AUDIENCE: Final = "kubernetes.example.org"
DEPLOYED: Final = 'deployment "blog" successfully rolled out'
UNAUTHORIZED: Final = "The API server responded 401"
FORBIDDEN: Final = "The API server knows this job as the user above"
FORGEJO: Final = Run()
GITHUB: Final = GitHubRun()
GITLAB: Final = GitLabRun()


@dataclass(frozen=True, slots=True)
class Case:
    """A run of this forge, and what the last step says; `version` and `saved` are those of Forgejo."""

    title: str
    provider: str
    run: Run
    says: str = DEPLOYED
    version: int = 16
    saved: bool = False


CASES: Final = (
    Case("Forgejo 15", "forgejo", FORGEJO, version=15),
    Case("Forgejo 15 with saved settings", "forgejo", FORGEJO, version=15, saved=True),
    Case("Forgejo 16 before the flip", "forgejo", FORGEJO),
    Case("Forgejo 16 after the flip", "forgejo", FORGEJO, saved=True),
    Case("Forgejo 16, created there", "forgejo", replace(FORGEJO, has_numbers=True)),
    Case("Forgejo 15, another branch", "forgejo", replace(FORGEJO, ref="refs/heads/x"), FORBIDDEN, version=15),
    Case("Forgejo 16, reusable workflow", "forgejo", replace(FORGEJO, event="workflow_call"), UNAUTHORIZED),
    Case("Forgejo 15, pull request", "forgejo", replace(FORGEJO, event="pull_request", ref="refs/pull/1/head"),
         UNAUTHORIZED, version=15),
    Case("GitHub", "github", GITHUB),
    Case("GitHub, immutable subject", "github", replace(GITHUB, has_numbers=True)),
    Case("GitHub, environment", "github", replace(GITHUB, environment="production"), FORBIDDEN),
    Case("GitHub, pull request", "github", replace(GITHUB, event="pull_request", ref="refs/pull/1/merge"),
         UNAUTHORIZED),
    Case("GitHub, another owner", "github", replace(GITHUB, repository="evil/site", owner_id=66, repository_id=75),
         UNAUTHORIZED),
    Case("GitLab", "gitlab", GITLAB),
    Case("GitLab, a tag", "gitlab", replace(GITLAB, ref="refs/tags/v1"), FORBIDDEN),
    Case("GitLab, unprotected branch", "gitlab", replace(GITLAB, ref="refs/heads/x", is_protected=False), UNAUTHORIZED),
    Case("GitLab, merge request", "gitlab", replace(GITLAB, event="merge_request_event"), UNAUTHORIZED),
    Case("GitLab, another project", "gitlab", replace(GITLAB, repository="evil/site", repository_id=21), UNAUTHORIZED),
)  # fmt: skip


def trusting_all() -> bytes:
    """The entries of all three examples in one file."""
    files = [yaml.safe_load((REPOSITORY / f"examples/{name}/auth.yaml").read_text()) for name in EXAMPLES]
    whole = {key: files[0][key] for key in ("apiVersion", "kind")}
    return adapted(
        yaml.safe_dump(whole | {"jwt": [entry for file in files for entry in file["jwt"]]})
    ).encode()


def grant(world: World) -> None:
    """Each example's grant, under a name of its own as two share a namespace, and something to deploy."""
    kubectl = world.cluster.kubectl
    namespaces = json.loads(kubectl("get", "namespaces", "--output=json"))["items"]
    if "site" not in [each["metadata"]["name"] for each in namespaces]:
        kubectl("create", "namespace", "site")
        kubectl("create", "-f", "-", stdin=json.dumps(deployment("site")))
    for name in EXAMPLES:
        text = (REPOSITORY / f"examples/{name}/rbac.yaml").read_text()
        kubectl("apply", "-f", "-", stdin=text.replace("kube-oidc:", f"{name}:"))


@pytest.fixture(scope="module")
def forges(world: World) -> Iterator[tuple[World, dict[str, Issuer]]]:
    """A second API server that trusts all of them, once it has their keys."""
    site = world.cluster.site
    github, gitlab = GitHub(), GitLab()
    with serving.serve_all(site.authority, github, gitlab, further=(GITHUB_SERVICE,)) as routes:
        world.routes.update(routes | {f"{GITHUB_SERVICE}:443": github.port})
        grant(world)
        with world.another("forges", trusting_all()) as trusting:
            for issuer, run in ((github, GITHUB), (gitlab, GITLAB)):
                token = issuer.sign(issuer.claims(run, AUDIENCE))
                known = cluster.answers(site, trusting.kubeconfig_for(token), "/version")
                processes.wait_until(f"keys of {issuer.url}", known, trusting.cluster.api_server.program)
            yield trusting, {"forgejo": world.issuer, "github": github, "gitlab": gitlab}


@contextmanager
def as_of(issuer: Issuer, case: Case) -> Iterator[None]:
    """The issuer in the case's version, with the repository's settings saved or not."""
    before, issuer.version = issuer.version, case.version
    if case.saved:
        issuer.save_settings(case.run.repository)
    try:
        yield
    finally:
        issuer.version = before
        issuer._saved.clear()


def generated(provider: str) -> dict[str, Any]:
    audience = "forgejo" if provider == "forgejo" else AUDIENCE
    said = kube_oidc(
        "workflow", "--provider", provider, "--audience", audience, "--namespace", EXAMPLES[provider],
        "--deployment", "blog", "--image", "git.example.org/adam/blog",
    )  # fmt: skip
    assert said.status == 0, said.errors
    found: dict[str, Any] = yaml.safe_load(said.output)
    return found


def play(world: World, issuer: Issuer, case: Case) -> tuple[Job, list[Result]]:
    """The generated job of this forge, as its runner runs it."""
    workflow = generated(case.provider)
    if not isinstance(issuer, GitLab):
        with replace(world, issuer=issuer).job(workflow, "deploy", case.run) as job:
            results = job.steps(workflow, "deploy")
            assert_kept_secret(replace(world, issuer=issuer), job)
            assert list(job.home.glob("kube-oidc.*")) == []
            return job, results
    definition = workflow["deploy"]
    with world.job({"jobs": {"deploy": {}}}, "deploy", case.run) as job:
        variables = definition["variables"] | {
            "KUBERNETES_CONFIG": world.kubeconfig_variable(),
            "GITLAB_CI": "true",
        }
        variables["IMAGE"] = variables["IMAGE"].replace("$CI_COMMIT_SHA", "2c26b46b")
        variables |= issuer.variables(case.run, definition["id_tokens"]) | {"TMPDIR": str(job.home)}
        before = set(job.home.iterdir())
        results = [job.shell("", "\n".join(definition["script"]), variables)]
        assert_kept_secret(replace(world, issuer=issuer), job)
        assert set(job.home.iterdir()) - before <= {job.home / ".kube"}  # kubectl's cache
        return job, results


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_a_run_of_every_forge(forges: tuple[World, dict[str, Issuer]], case: Case) -> None:
    world, issuers = forges
    issuer = issuers[case.provider]
    on = f"--namespace={EXAMPLES[case.provider]}"
    world.cluster.kubectl("set", "image", "deployment/blog", "blog=before", on)
    with as_of(issuer, case):
        _, results = play(world, issuer, case)
    log = "".join(result.output for result in results)
    assert case.says in results[-1].output, log
    assert (results[-1].status == 0) == (case.says == DEPLOYED)
    image = "--output=jsonpath={.spec.template.spec.containers[*].image}"
    deployed = world.cluster.kubectl("get", "deployment", "blog", on, image)
    assert (deployed == "git.example.org/adam/blog:2c26b46b") == (case.says == DEPLOYED)


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_the_issuers_tokens_are_those_of_the_providers_models(case: Case) -> None:
    """What the proofs take for granted, and what these issuers sign, agree."""
    issuer = {"forgejo": Issuer(HOST), "github": GitHub(), "gitlab": GitLab()}[case.provider]
    with as_of(issuer, case):
        claims = issuer.claims(case.run, AUDIENCE)
    assert list(model_of(provider_of(claims["iss"])).differences(claims)) == []


def test_github_without_the_permission_says_which_one(forges: tuple[World, dict[str, Issuer]]) -> None:
    world, issuers = forges
    workflow = generated("github")
    workflow["jobs"]["deploy"]["permissions"] = {}
    with replace(world, issuer=issuers["github"]).job(workflow, "deploy", GITHUB) as job:
        for name in list(job.environment):
            if name.startswith("ACTIONS_"):  # not even empty, as at Forgejo
                job.environment = {key: value for key, value in job.environment.items() if key != name}
        [result] = job.steps(workflow, "deploy")
    assert result.status == 1
    assert "this job can't request ID tokens: it needs permissions: id-token: write" in result.output


def test_github_refuses_a_request_token_that_is_not_this_jobs(
    forges: tuple[World, dict[str, Issuer]],
) -> None:
    world, issuers = forges
    workflow = generated("github")
    with replace(world, issuer=issuers["github"]).job(workflow, "deploy", GITHUB) as job:
        job.environment = {**job.environment, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-another-job"}
        [result] = job.steps(workflow, "deploy")
    assert result.status == 1
    assert (
        "the forge responded 401: a request token is only valid for its own job while it runs"
        in result.output
    )


def test_gitlab_without_its_variable_says_which_key(forges: tuple[World, dict[str, Issuer]]) -> None:
    world, _ = forges
    definition = generated("gitlab")["deploy"]
    with world.job({"jobs": {"deploy": {}}}, "deploy", GITLAB) as job:
        variables = definition["variables"] | {"KUBERNETES_CONFIG": world.kubeconfig_variable()}
        result = job.shell("", "\n".join(definition["script"]), variables)
    assert result.status == 1
    assert "this job has no ID token: it needs id_tokens: with KUBE_ID_TOKEN and its aud" in result.output


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_token_command_finds_each_forges_token(
    forges: tuple[World, dict[str, Issuer]], name: str, tmp_path: Path
) -> None:
    world, issuers = forges
    issuer, run = issuers[name], {"forgejo": FORGEJO, "github": GITHUB, "gitlab": GITLAB}[name]
    environment = {**world.cluster.site.environment, "PATH": world.job_path, "HOME": str(tmp_path)}
    if isinstance(issuer, GitLab):
        environment |= issuer.variables(run, {"KUBE_ID_TOKEN": {"aud": AUDIENCE}}) | {"GITLAB_CI": "true"}
        said = kube_oidc("token", "--audience", AUDIENCE, "--decode", environment=environment)
    else:
        with issuer.job(run) as request:
            environment |= request | {f"{name.upper()}_ACTIONS": "true"}
            said = kube_oidc("token", "--audience", AUDIENCE, "--decode", environment=environment)
    assert said.status == 0, said.errors
    assert json.loads(said.output)["sub"] == run.subject
