"""What a job with a generated workflow has: a namespace, a grant, and programs whose arguments are noted."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from e2e.harness.binaries import REPOSITORY
from e2e.harness.issuer import Run
from e2e.harness.runner import Job, Result
from e2e.harness.world import World, deployment

NAMESPACE = "generated"
REPOSITORY_OF_THE_JOB = "adam/generated"
MAIN = replace(Run(), repository=REPOSITORY_OF_THE_JOB)
USER = f"forgejo:{MAIN.subject}"
IMAGE = "git.example.org/adam/blog"
ACTION = ["--action", "adam/kube-oidc@0123456789abcdef0123456789abcdef01234567"]
CREDENTIALS = {"curl": [], "plugin": [], "action": ACTION}
WRAPPED = ("curl", "kubectl", "kube-oidc", "python3")


def generate(provider: str, credentials: str, *further: str) -> str:
    command = [
        sys.executable, "-m", "kube_oidc", "workflow", "--provider", provider, "--credentials", credentials,
        "--audience", "forgejo", "--namespace", NAMESPACE, "--deployment", "blog", "--image", IMAGE,
        *CREDENTIALS[credentials], *further,
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


def grant(world: World) -> None:
    """A namespace, a Deployment and a grant for the job of these tests."""
    kubectl = world.cluster.kubectl
    on = f"--namespace={NAMESPACE}"
    kubectl("create", "namespace", NAMESPACE)
    kubectl("create", "-f", "-", stdin=json.dumps(deployment(NAMESPACE)))
    verbs = "--verb=get,list,watch,patch"
    kubectl("create", "role", "deploy", verbs, "--resource=deployments.apps", on)
    kubectl("create", "rolebinding", "deploy", "--role=deploy", f"--user={USER}", on)


@contextmanager
def watching(granted: World, tmp_path: Path) -> Iterator[tuple[World, Path, str]]:
    """Programs that note their arguments before they do their work; at the end no token may be among them."""
    folder, log = tmp_path / "watched", tmp_path / "arguments"
    folder.mkdir()
    path = f"{Path(sys.executable).parent}:{granted.job_path}"
    for name in WRAPPED:
        found = subprocess.run(
            ["which", name], env={"PATH": path}, capture_output=True, text=True, check=True
        )
        wrapper = folder / name
        wrapper.write_text(
            f'#!/bin/sh\nprintf "%s\\n" {name} "$@" >> {log}\nexec {shlex.quote(found.stdout.strip())} "$@"\n'
        )
        wrapper.chmod(0o755)
    before = len(granted.issuer.tokens)
    yield granted, log, f"{folder}:{path}"
    tokens = granted.issuer.tokens[before:]
    arguments = log.read_text()
    assert "set-credentials" in arguments or "--exec-credential" in arguments
    assert not any(token in arguments for token in tokens)


def assert_kept_secret(world: World, job: Job) -> None:
    """No token, and not the job's own request token either, is in what the steps printed or left behind."""
    secrets = [*world.issuer.tokens, job.environment.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "")]
    texts = [result.output for result in job.results]
    texts += [file.read_text(errors="replace") for file in job.home.rglob("*") if file.is_file()]
    for secret in filter(None, secrets):
        assert not any(secret in text for text in texts)


def assert_deployed(world: World, results: list[Result]) -> None:
    assert [(result.name, result.status) for result in results if result.status] == [], results[-1].output
    assert f"Username    {USER}" in "".join(result.output for result in results)
    assert 'deployment "blog" successfully rolled out' in results[-1].output
    images = world.cluster.kubectl(
        "get",
        "deployment",
        "blog",
        f"--namespace={NAMESPACE}",
        "--output=jsonpath={.spec.template.spec.containers[*].image}",
    )
    assert images == f"{IMAGE}:2c26b46b"


def start_over(world: World) -> None:
    world.cluster.kubectl("set", "image", "deployment/blog", "blog=before", f"--namespace={NAMESPACE}")


def run_action(
    job: Job, step: dict[str, Any], declared: dict[str, Any], given: dict[str, str]
) -> list[Result]:
    """A composite action's step as a runner runs it: inputs through expressions, results through files."""
    inputs = {name: given.get(name, field.get("default", "")) for name, field in declared.items()}
    expressions = {f"${{{{ inputs.{name} }}}}": value for name, value in inputs.items()}
    expressions["${{ github.action_path }}"] = str(REPOSITORY)
    environment = {name: expressions[text] for name, text in step["env"].items()}
    files = {"GITHUB_ENV": str(job.home / "env"), "GITHUB_OUTPUT": str(job.home / "output")}
    return [job.shell("action", step["run"], environment | files | {"RUNNER_TEMP": str(job.home)})]
