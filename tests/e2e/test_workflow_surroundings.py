"""A generated job where the runner has a kubeconfig of its own, the plugin lies beside it, or the forge fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from e2e.harness import misbehaviour
from e2e.harness.binaries import REPOSITORY
from e2e.harness.generated import (
    MAIN,
    NAMESPACE,
    USER,
    assert_deployed,
    assert_kept_secret,
    generate,
    run_action,
    start_over,
)
from e2e.harness.issuer import Behaviour, Issuer
from e2e.harness.kubeconfig import kubeconfig
from e2e.harness.runner import Job
from e2e.harness.world import World

# every `kubectl set image` of this user only tries, and his credentials are those of somebody else
KUBERC = """\
apiVersion: kubectl.config.k8s.io/v1beta1
kind: Preference
defaults:
  - {command: set image, options: [{name: dry-run, default: client}]}
  - {command: config set-credentials, options: [{name: token, default: somebody-elses}]}
"""


@pytest.mark.parametrize("credentials", ["curl", "plugin"])
def test_a_runners_own_kubectl_settings_are_not_used(
    watched: tuple[World, Path, str], credentials: str
) -> None:
    """A kubeconfig may be an administrator's; and beside the script kubectl would shorten that one's path to a name."""
    world, _, path = watched
    start_over(world)
    workflow: dict[str, Any] = yaml.safe_load(generate("forgejo", credentials))
    with world.job(workflow, "deploy", MAIN) as job:
        foreign = job.home / "config"
        foreign.write_text(kubeconfig("https://127.0.0.1:9"))
        own = job.home / ".kube"
        own.mkdir()
        (own / "config").write_text(kubeconfig("https://127.0.0.1:9"))
        (own / "kuberc").write_text(KUBERC)
        job.path = path
        job.environment = {**job.environment, "FORGEJO_ACTIONS": "true", "KUBECONFIG": str(foreign)}
        results = job.steps(workflow, "deploy", until="Deploy to Kubernetes")
        assert_deployed(world, results)
        assert foreign.read_text() == (own / "config").read_text() == kubeconfig("https://127.0.0.1:9")
        file = Path(job.of_earlier_steps()["KUBECONFIG"])
        [user] = yaml.safe_load(file.read_text())["users"]
        assert user["user"]["exec"]["command"] == str(file.parents[1] / "token")


@pytest.mark.parametrize("credentials", ["curl", "plugin"])
def test_two_jobs_of_one_user_share_nothing(watched: tuple[World, Path, str], credentials: str) -> None:
    """Another job, for another cluster, runs between the steps of the first, with the same home and folders."""
    world, _, path = watched
    start_over(world)
    workflow: dict[str, Any] = yaml.safe_load(generate("forgejo", credentials))
    with world.job(workflow, "deploy", MAIN) as first:
        first.path = path
        first.environment = {**first.environment, "FORGEJO_ACTIONS": "true"}
        first.steps(workflow, "deploy", until="Authenticate with Kubernetes")
        file = first.home / "env"  # a runner has one for each job
        variables = file.read_text()
        file.unlink()
        contexts = first.contexts | {"vars": {"KUBERNETES_CONFIG": kubeconfig("https://127.0.0.1:9")}}
        second = Job(first.home, path, first.environment, contexts)
        [refused] = second.steps(workflow, "deploy")
        assert "Nothing responded at https://127.0.0.1:9" in refused.output
        file.write_text(variables)
        workflow["jobs"]["deploy"]["steps"] = [
            step for step in workflow["jobs"]["deploy"]["steps"] if "Authenticate" not in step["name"]
        ]
        results = first.results + first.steps(workflow, "deploy")
        assert_deployed(world, results)
        assert list(first.home.glob("kube-oidc.*")) == []


def test_a_kuberc_that_is_obeyed_deploys_nothing(watched: tuple[World, Path, str]) -> None:
    """What the job's KUBECTL_KUBERC is for: without it, all steps are green and the old image runs on."""
    world, _, path = watched
    start_over(world)
    workflow: dict[str, Any] = yaml.safe_load(generate("forgejo", "curl"))
    assert workflow["jobs"]["deploy"]["env"].pop("KUBECTL_KUBERC") == "false"
    with world.job(workflow, "deploy", MAIN) as job:
        job.path = path
        (job.home / ".kube").mkdir()
        (job.home / ".kube" / "kuberc").write_text(KUBERC.replace("config set-credentials", "config view"))
        results = job.steps(workflow, "deploy")
    assert [result.status for result in results] == [0, 0]
    assert "image updated (dry run)" in results[-1].output


def test_a_plugin_next_to_its_kubeconfig_keeps_its_path(
    watched: tuple[World, Path, str], tmp_path: Path
) -> None:
    """`kubectl config set-credentials` would not leave it, and `set-context` does."""
    world, _, path = watched
    plugin, file = tmp_path / "beside", tmp_path / "config"
    plugin.symlink_to(REPOSITORY / "action" / "kube-oidc")
    server = f"--server {world.cluster.api_server.url}"
    authority = f"--certificate-authority {world.cluster.site.authority.certificate}"
    command = f"{plugin} token --audience forgejo --exec-credential"
    first, *words = command.split()
    further = " ".join([f"--exec-command={first}", *(f"--exec-arg={word}" for word in words)])
    with world.job({"jobs": {"deploy": {"enable-openid-connect": True}}}, "deploy", MAIN) as job:
        job.path = path
        job.environment = {**job.environment, "FORGEJO_ACTIONS": "true", "KUBECONFIG": str(file)}
        made = job.shell(
            "make",
            f"kube-oidc kubeconfig {server} {authority} --audience forgejo --command {plugin} --output {file}\n"
            f"kubectl config set-context --current --namespace={NAMESPACE}\nkubectl auth whoami\n",
        )
        assert made.status == 0, made.output
        assert f"Username    {USER}" in made.output
        assert f"command: {plugin}\n" in file.read_text()
        script = (
            "kubectl config set-credentials other --exec-api-version=client.authentication.k8s.io/v1 "
            f"--exec-interactive-mode=Never {further}\n"
            "kubectl config set-context --current --user=other\nkubectl auth whoami\n"
        )
        lost = job.shell("lose", script)
        assert lost.status != 0, "kubectl has mended it: the rule about the script's place can go"
        assert "command: beside\n" in file.read_text()
        assert "executable beside not found" in lost.output


def test_the_action_takes_no_settings_of_the_runners(watched: tuple[World, Path, str]) -> None:
    world, _, path = watched
    action = yaml.safe_load((REPOSITORY / "action.yml").read_text())
    with world.job({"jobs": {"deploy": {"enable-openid-connect": True}}}, "deploy", MAIN) as job:
        job.path = path
        job.environment = {**job.environment, "FORGEJO_ACTIONS": "true"}
        (job.home / ".kube").mkdir()
        (job.home / ".kube" / "kuberc").write_text(KUBERC)
        given = {"audience": "forgejo", "kubeconfig": world.kubeconfig_variable()}
        [result] = run_action(job, action["runs"]["steps"][0], action["inputs"], given)
        assert result.status == 0, result.output
        [user] = yaml.safe_load(Path(job.of_earlier_steps()["KUBECONFIG"]).read_text())["users"]
        assert list(user["user"]) == ["exec"]


@pytest.mark.parametrize("behaviour", [misbehaviour.failing, misbehaviour.login_page])
@pytest.mark.parametrize("credentials", ["curl", "plugin", "action"])
def test_a_forge_that_fails_ends_the_first_step(
    watched: tuple[World, Path, str], credentials: str, behaviour: Behaviour
) -> None:
    world, _, path = watched
    workflow: dict[str, Any] = yaml.safe_load(
        generate("forgejo", credentials).replace("--retry 3", "--retry 0")
    )
    action = yaml.safe_load((REPOSITORY / "action.yml").read_text())
    with world.job(workflow, "deploy", MAIN) as job, misbehaving(world.issuer, behaviour):
        job.path = path
        job.environment = {**job.environment, "FORGEJO_ACTIONS": "true"}
        (job.home / ".curlrc").write_text("verbose\n")  # of the runner, or of the job before
        if credentials == "action":
            given = {"audience": "forgejo", "kubeconfig": world.kubeconfig_variable()}
            [result] = run_action(job, action["runs"]["steps"][0], action["inputs"], given)
        else:
            [result] = job.steps(workflow, "deploy")
        assert result.status != 0
        said = "kubernetes-id-token: the forge" if credentials == "curl" else "kube-oidc token: https://"
        assert said in result.output
        assert_kept_secret(world, job)


@contextmanager
def misbehaving(issuer: Issuer, behaviour: Behaviour) -> Iterator[None]:
    """The issuer behaves like that for a while."""
    before, issuer.behaviour = issuer.behaviour, behaviour
    try:
        yield
    finally:
        issuer.behaviour = before
