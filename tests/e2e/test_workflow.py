"""What `kube-oidc workflow` writes: actionlint is silent, and every step runs under `bash -e`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
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
from e2e.harness.outcome import kube_oidc
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


PURPOSES = {
    "image": [],
    "build": ["--build"],
    "needs": ["--needs", "build"],
    "environment": ["--branch", "main", "--tag", "v*"],
}
WITHOUT_IMAGE = {
    "restart": ["--deployment", "blog", "--restart"],
    "run": ["--run", "kubectl apply -k deploy", "--run", "kubectl get pods"],
    "helm": ["--helm", "blog", "./chart"],
}


BUILD = "  build:\n    runs-on: ubuntu-latest\n    steps: [{run: make}]\n"  # the user's own job


def files_of(provider: str) -> Iterator[tuple[str, str]]:
    """Every kind of file that the command writes for this provider."""
    for credentials, (purpose, flags) in product(CREDENTIALS, PURPOSES.items()):
        yield f"{credentials}-{purpose}", generate(provider, credentials, *flags)
    for purpose, flags in WITHOUT_IMAGE.items():
        common = ("--provider", provider, "--audience", "forgejo", "--namespace", NAMESPACE)
        yield purpose, kube_oidc("workflow", *common, *flags).output


@pytest.fixture(scope="module", params=["forgejo", "github"])
def written(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, list[Path]]:
    """A provider and all of its files."""
    folder = tmp_path_factory.mktemp(request.param)
    for name, text in files_of(request.param):
        own = BUILD if name.endswith("-needs") else ""
        (folder / f"{name}.yaml").write_text(text.replace("jobs:\n", f"jobs:\n{own}"))
    return request.param, sorted(folder.iterdir())


def test_actionlint_has_nothing_to_say(actionlint: Path, written: tuple[str, list[Path]]) -> None:
    provider, files = written
    assert len(files) == len(CREDENTIALS) * len(PURPOSES) + len(WITHOUT_IMAGE)
    ignored = FORGEJO_ONLY if provider == "forgejo" else ()
    assert [said for file in files if (said := lint(actionlint, file, *ignored))] == []


def test_zizmor_has_nothing_to_say(written: tuple[str, list[Path]]) -> None:
    provider, files = written
    settings = (
        ["--config", REPOSITORY / ".forgejo" / "zizmor.yml"] if provider == "forgejo" else ["--no-config"]
    )
    zizmor = Path(sys.executable).with_name("zizmor")
    command = [zizmor, "--offline", "--no-progress", "--quiet", *settings, *files]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    files[0].with_name("bad.yaml").write_text(
        files[0].read_text().replace("@829323503d1be3d00ca8346e5391ca0b07a9ab0d", "@v5")
    )
    command = [*command[: -len(files)], files[0].with_name("bad.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert "unpinned" in done.stdout + done.stderr


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
        results += job.steps(workflow, "deploy", until="Deploy to Kubernetes")
        assert_deployed(world, results)
        assert_kept_secret(world, job)
        file = Path(job.of_earlier_steps()["KUBECONFIG"])
        [user] = yaml.safe_load(file.read_text())["users"]
        assert user["user"]["exec"]["command"] == str(file.parents[1] / "token")
        job.steps(workflow, "deploy")
        assert not file.parents[1].exists()


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
        assert result.status == 2
        assert "kube-oidc: the inputs kubeconfig and server are both empty" in result.output


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
def test_a_job_that_may_not_ask_stops_at_its_first_step(granted: World, credentials: str) -> None:
    world, path = granted, f"{Path(sys.executable).parent}:{granted.job_path}"
    workflow: dict[str, Any] = yaml.safe_load(generate("forgejo", credentials))
    del workflow["jobs"]["deploy"]["enable-openid-connect"]
    with world.job(workflow, "deploy", MAIN) as job:
        job.path = path
        job.environment = {**job.environment, "FORGEJO_ACTIONS": "true"}
        [result] = job.steps(workflow, "deploy")
        assert result.status != 0
        assert "enable-openid-connect: true" in result.output
