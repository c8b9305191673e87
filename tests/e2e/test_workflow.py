"""What `kube-oidc workflow` writes: actionlint is silent, and every step runs under `bash -e`."""

from __future__ import annotations

import subprocess
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from e2e.harness.binaries import REPOSITORY, MissingProgramError, locate
from e2e.harness.generated import (
    ACTION,
    CREDENTIALS,
    MAIN,
    NAMESPACE,
    USER,
    assert_deployed,
    assert_kept_secret,
    generate,
    run_action,
    start_over,
)
from e2e.harness.world import World

# What Forgejo has and actionlint, which knows GitHub alone, has not: these two, and nothing else.
FORGEJO_ONLY = (
    r'^unexpected key "enable-openid-connect" for "job" section\. expected one of ',
    r'^specifying action "https://github\.com/[^"/]+/[^"/]+@[0-9a-f]{40}" in invalid format because ',
)


@pytest.fixture(scope="session")
def actionlint() -> Path:
    try:
        return locate("actionlint").path("actionlint")
    except MissingProgramError as error:
        pytest.skip(str(error))


def lint(actionlint: Path, workflow: Path, *ignored: str) -> str:
    command = [
        actionlint,
        "-no-color",
        "-oneline",
        *(word for text in ignored for word in ("-ignore", text)),
        workflow,
    ]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize(("provider", "credentials"), list(product(("forgejo", "github"), CREDENTIALS)))
def test_actionlint_has_nothing_to_say(
    actionlint: Path, tmp_path: Path, provider: str, credentials: str
) -> None:
    file = tmp_path / "deploy.yaml"
    file.write_text(generate(provider, credentials, "--branch", "main", "--tag", "v*"))
    assert lint(actionlint, file, *(FORGEJO_ONLY if provider == "forgejo" else ())) == ""


def test_actionlint_would_say_something(actionlint: Path, tmp_path: Path) -> None:
    file = tmp_path / "deploy.yaml"
    text = generate("forgejo", "curl").replace("enable-openid-connect", "enable-openid-conect")
    file.write_text(text.replace("run: |", "run: |\n          echo ${{ github.evnt_name }}", 1))
    said = lint(actionlint, file, *FORGEJO_ONLY)
    assert "enable-openid-conect" in said
    assert "evnt_name" in said


def test_the_actions_inputs_are_those_a_workflow_gives(actionlint: Path, tmp_path: Path) -> None:
    """actionlint reads action.yml itself where a workflow uses it by its path."""
    folder = tmp_path / "repository"
    workflows = folder / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / "action.yml").write_text((REPOSITORY / "action.yml").read_text())
    text = generate("github", "action").replace(f"uses: {ACTION[1]}", "uses: ./")
    file = workflows / "deploy.yaml"
    file.write_text(text)
    assert lint(actionlint, file) == ""
    file.write_text(text.replace("audience: ${{", "audiance: ${{"))
    assert 'missing input "audience"' in lint(actionlint, file)


@pytest.mark.parametrize(
    ("provider", "credentials"), list(product(("forgejo", "github"), ("curl", "plugin")))
)
def test_the_steps_deploy(watched: tuple[World, Path, str], provider: str, credentials: str) -> None:
    world, _, path = watched
    start_over(world)
    workflow: dict[str, Any] = yaml.safe_load(generate(provider, credentials))
    workflow["jobs"]["deploy"]["enable-openid-connect"] = True  # the issuer here is Forgejo's, for both
    with world.job(workflow, "deploy", MAIN) as job:
        job.path = path
        job.environment = {**job.environment, f"{provider.upper()}_ACTIONS": "true"}
        results = job.steps(workflow, "deploy")
        assert_deployed(world, results)
        assert_kept_secret(world, job)


def test_the_actions_steps_deploy(watched: tuple[World, Path, str]) -> None:
    """The action's own script, with its inputs as the workflow gives them, then the workflow's last step."""
    world, _, path = watched
    start_over(world)
    workflow: dict[str, Any] = yaml.safe_load(generate("forgejo", "action"))
    action = yaml.safe_load((REPOSITORY / "action.yml").read_text())
    [step] = action["runs"]["steps"]
    with world.job(workflow, "deploy", MAIN) as job:
        job.path = path
        given = {"audience": "forgejo", "kubeconfig": world.kubeconfig_variable()}
        results = run_action(job, step, action["inputs"], given)
        workflow["jobs"]["deploy"]["steps"] = workflow["jobs"]["deploy"]["steps"][-1:]
        results += job.steps(workflow, "deploy")
        assert_deployed(world, results)
        assert_kept_secret(world, job)
        [user] = yaml.safe_load(Path(job.of_earlier_steps()["KUBECONFIG"]).read_text())["users"]
        assert user["user"]["exec"]["command"] == str(REPOSITORY / "action" / "kube-oidc")


def test_the_action_takes_a_server_and_its_authority(watched: tuple[World, Path, str]) -> None:
    world, _, path = watched
    action = yaml.safe_load((REPOSITORY / "action.yml").read_text())
    workflow = {"jobs": {"deploy": {"enable-openid-connect": True}}}
    with world.job(workflow, "deploy", MAIN) as job:
        job.path = path
        given = {
            "audience": "forgejo",
            "server": world.cluster.api_server.url,
            "certificate-authority": world.cluster.site.authority.pem.decode(),
            "namespace": NAMESPACE,
        }
        [result] = run_action(job, action["runs"]["steps"][0], action["inputs"], given)
        assert result.status == 0, result.output
        assert f"Username    {USER}" in result.output
        [result] = run_action(job, action["runs"]["steps"][0], action["inputs"], {"audience": "forgejo"})
        assert (result.status, result.output) == (2, "kube-oidc: give the input kubeconfig, or server\n")


@pytest.mark.parametrize("credentials", ["curl", "plugin"])
def test_gitlabs_script_deploys(watched: tuple[World, Path, str], credentials: str) -> None:
    world, _, path = watched
    start_over(world)
    job_definition = yaml.safe_load(generate("gitlab", credentials))["deploy"]
    assert set(job_definition["id_tokens"]) == {"KUBE_ID_TOKEN"}
    with world.job({"jobs": {"deploy": {}}}, "deploy", MAIN) as job:
        job.path = path
        token = world.issuer.sign(
            world.issuer.claims(MAIN, job_definition["id_tokens"]["KUBE_ID_TOKEN"]["aud"])
        )
        world.issuer.tokens.append(token)
        environment = {
            "GITLAB_CI": "true",
            "KUBE_ID_TOKEN": token,
            "KUBERNETES_CONFIG": world.kubeconfig_variable(),
            "AUDIENCE": job_definition["variables"]["AUDIENCE"],
            "IMAGE": job_definition["variables"]["IMAGE"].replace("$CI_COMMIT_SHA", "2c26b46b"),
        }
        results = [
            job.shell("", "\n".join(job_definition["script"]), environment)
        ]  # one shell, as GitLab has it
        assert_deployed(world, results)
        assert_kept_secret(world, job)


@pytest.mark.parametrize("credentials", ["curl", "plugin"])
def test_a_job_that_may_not_ask_stops_at_its_first_step(
    watched: tuple[World, Path, str], credentials: str
) -> None:
    world, _, path = watched
    workflow: dict[str, Any] = yaml.safe_load(generate("forgejo", credentials))
    del workflow["jobs"]["deploy"]["enable-openid-connect"]
    with world.job(workflow, "deploy", MAIN) as job:
        job.path = path
        job.environment = {**job.environment, "FORGEJO_ACTIONS": "true"}
        [result] = job.steps(workflow, "deploy")
        assert result.status != 0
        assert "enable-openid-connect: true" in result.output
