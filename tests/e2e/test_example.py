"""examples/forgejo: the workflow is sound, and no token gets where it does not belong."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from e2e.harness.binaries import Binaries
from e2e.harness.issuer import Run
from e2e.harness.world import DIGEST, EXAMPLE, MAIN, World, example_workflow
from e2e.story.scene import Played

WORKFLOW = EXAMPLE / "workflow.yaml"


def actionlint(binaries: Binaries, text: str) -> str:
    """What actionlint says about the text; shellcheck is left out, which not every machine has."""
    command = [binaries.path("actionlint"), "-no-color", "-oneline", "-shellcheck=", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=120, check=False)
    return done.stdout + done.stderr


def as_github_has_it(text: str) -> str:
    """The workflow without the two things that Forgejo has and GitHub has not."""
    text = re.sub(r"^ +enable-openid-connect: true\n", "", text, flags=re.M)
    return text.replace("uses: https://github.com/", "uses: ")


def test_actionlint_says_nothing(binaries: Binaries) -> None:
    assert actionlint(binaries, as_github_has_it(WORKFLOW.read_text())) == ""


def test_only_what_forgejo_adds_is_unknown_to_actionlint(binaries: Binaries) -> None:
    said = actionlint(binaries, WORKFLOW.read_text()).splitlines()
    kinds = sorted("key" if 'unexpected key "enable-openid-connect"' in line else "uses" for line in said)
    assert kinds == ["key", "uses", "uses"]
    assert all("https://github.com/" in line for line in said if "enable-openid-connect" not in line)


def test_only_the_job_that_deploys_may_ask_for_tokens() -> None:
    jobs = example_workflow()["jobs"]
    asking = [name for name, job in jobs.items() if job.get("enable-openid-connect")]
    assert asking == ["deploy"]
    assert not any("id-token" in job.get("permissions", {}) for job in jobs.values())


def test_every_action_is_pinned_to_a_commit() -> None:
    steps = [step for job in example_workflow()["jobs"].values() for step in job["steps"]]
    uses = [step["uses"] for step in steps if "uses" in step]
    assert uses
    assert all(re.search(r"@[0-9a-f]{40}$", action) for action in uses)


def test_no_step_traces_or_holds_an_expression() -> None:
    """`set -x` would log what runs; an expression in a script is code that somebody else may write."""
    steps = example_workflow()["jobs"]["deploy"]["steps"]
    *runs, removal = [step["run"] for step in steps if "run" in step]
    assert len(runs) == 2
    assert removal == 'if [ -n "${KUBE_OIDC_DIR:-}" ]; then rm -rf "$KUBE_OIDC_DIR"; fi'
    for run in runs:
        assert run.startswith("set -euo pipefail\n")
        assert "${{" not in run


def test_the_kubeconfig_holds_no_credential() -> None:
    content = yaml.safe_load((EXAMPLE / "kubeconfig.yaml").read_text())
    assert "users" not in content
    assert content["contexts"][0]["context"]["user"] == "oidc"


@pytest.fixture
def recorded(world: World, tmp_path: Path) -> tuple[str, Path]:
    """PATH with kubectl and curl that write their arguments down before they run, and where they do."""
    record, folder = tmp_path / "arguments", tmp_path / "bin"
    folder.mkdir()
    for name in ("kubectl", "curl"):
        program = folder / name
        real = subprocess.run(
            ["bash", "-c", f"command -v {name}"],
            env={"PATH": world.job_path},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        program.write_text(f'#!/bin/sh\nprintf "%s\\n" {name} "$@" >> {record}\nexec {real} "$@"\n')
        program.chmod(0o755)
    return f"{folder}:{world.job_path}", record


def test_no_token_is_in_a_file_an_argument_or_the_log(
    world: World, played: dict[str, Played], recorded: tuple[str, Path]
) -> None:
    path, record = recorded
    workflow = example_workflow()
    before = len(world.issuer.tokens)
    with world.job(workflow, "deploy") as job:
        job.path = path
        results = job.steps(workflow, "deploy", until="Deploy to Kubernetes")
        secrets = [*world.issuer.tokens[before:], job.environment["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]]
        files = [file for file in job.home.rglob("*") if file.is_file()]
        places = {str(file): file.read_text(errors="replace") for file in files}
    places |= {"the arguments": record.read_text(), "the log": "".join(result.output for result in results)}
    assert [result.status for result in results] == [0, 0]
    assert len(secrets) > 1
    assert {"kubectl", "curl"} <= set(places["the arguments"].splitlines())
    assert any(name.endswith("/kube/config") for name in places)
    found = [name for name, text in places.items() for secret in secrets if secret in text]
    assert found == []


def test_no_program_of_the_cluster_logs_a_token(world: World, played: dict[str, Played]) -> None:
    logs = {log.name: log.read_text(errors="replace") for log in world.cluster.site.folder.glob("*.log")}
    assert {"etcd.log", "kube-apiserver.log", "kwok.log"} <= set(logs)
    assert "Unable to authenticate the request" in logs["kube-apiserver.log"]
    assert len(world.issuer.tokens) >= len(played) / 2
    assert [name for name, text in logs.items() for token in world.issuer.tokens if token in text] == []


def test_the_files_it_leaves_are_readable_only_by_their_owner(
    world: World, played: dict[str, Played]
) -> None:
    workflow = example_workflow()
    with world.job(workflow, "deploy") as job:
        job.steps(workflow, "deploy", until="Authenticate with Kubernetes")
        modes = {file.name: file.stat().st_mode & 0o077 for file in job.home.rglob("*") if file.is_file()}
    assert modes["config"] == modes["token"] == modes["explain"] == 0


def test_nothing_is_left_at_the_end(world: World, played: dict[str, Played]) -> None:
    """After success and after a failure, so that no job of the same user finds another's kubeconfig."""
    for run in (MAIN, replace(MAIN, event="pull_request_target")):
        with world.job(example_workflow(), "deploy", run) as job:
            results = job.steps(example_workflow(), "deploy")
            assert (results[-1].status == 0) == (run is MAIN)
            assert list(job.home.glob("kube-oidc.*")) == []
            assert not (job.home / ".kube").exists() or not list((job.home / ".kube").glob("*config*"))


def test_a_rollout_that_outlives_its_token_goes_on_with_the_next(
    world: World, played: dict[str, Played]
) -> None:
    """Each call of kubectl asks again: two calls, two tokens."""
    workflow = example_workflow()
    before = len(world.issuer.tokens)
    with world.job(workflow, "deploy") as job:
        job.steps(workflow, "deploy", until="Authenticate with Kubernetes")
        first = len(world.issuer.tokens)
        assert job.shell("", "kubectl auth whoami").status == 0
    assert (first - before, len(world.issuer.tokens) - first) == (1, 1)


def test_without_the_key_a_job_stops_at_its_first_step(world: World) -> None:
    workflow = example_workflow()
    del workflow["jobs"]["deploy"]["enable-openid-connect"]
    with world.job(workflow, "deploy") as job:
        results = job.steps(workflow, "deploy")
    assert len(results) == 1
    assert results[0].status != 0
    assert "it needs enable-openid-connect: true" in results[0].output


def test_a_token_request_that_fails_stops_the_job(world: World) -> None:
    workflow = example_workflow()
    with world.job(workflow, "deploy", Run(run_id=1)) as job:
        url = job.environment["ACTIONS_ID_TOKEN_REQUEST_URL"].replace("/1/", "/2/")
        job.environment = {**job.environment, "ACTIONS_ID_TOKEN_REQUEST_URL": url}
        results = job.steps(workflow, "deploy")
    assert len(results) == 1
    assert results[0].status != 0
    assert "curl: (22) The requested URL returned error: 400" in results[0].output


def test_the_image_that_runs_is_the_one_that_was_built(played: dict[str, Played]) -> None:
    assert played["the new image runs in every pod"].result.output.count(DIGEST) == 3


def test_the_grant_names_the_user_that_the_token_becomes() -> None:
    binding = list(yaml.safe_load_all((EXAMPLE / "rbac.yaml").read_text()))[1]
    assert binding["subjects"][0]["name"] == f"forgejo:{MAIN.subject}"
