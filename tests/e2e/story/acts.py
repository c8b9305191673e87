"""What is really done in the scenes: by the owner, by a job, by the project's own command."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Final

from e2e.harness.binaries import DEFAULT_MINOR, MINOR, REPOSITORY
from e2e.harness.issuer import Mint, Run
from e2e.harness.runner import Result
from e2e.harness.world import EXAMPLE_FILE, MAIN, World, example_workflow

AUTH: Final = str(EXAMPLE_FILE.relative_to(REPOSITORY))
FOR_MINOR: Final = () if MINOR == DEFAULT_MINOR else (f"--kubernetes-version={MINOR}",)


def owner(*arguments: str) -> Callable[[World], Result]:
    """kubectl, called by the cluster's owner."""

    def act(world: World) -> Result:
        kubectl, admin = world.cluster.site.binaries.path("kubectl"), world.cluster.api_server.admin
        command = [str(kubectl), f"--kubeconfig={admin}", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        return Result("", shlex.join(["kubectl", *arguments]), done.returncode, done.stdout + done.stderr)

    return act


def deploy(run: Run = MAIN, mint: Mint | None = None) -> Callable[[World], Result]:
    """The deploy job of the example's workflow, all of its own steps, as this run; the last step's result."""

    def act(world: World) -> Result:
        workflow = example_workflow()
        with world.job(workflow, "deploy", run, mint) as job:
            return job.steps(workflow, "deploy")[-1]

    return act


def then(command: str) -> Callable[[World], Result]:
    """Another command at the end of main's own deploy job, with its own credentials."""

    def act(world: World) -> Result:
        workflow = example_workflow()
        with world.job(workflow, "deploy") as job:
            authenticated = job.steps(workflow, "deploy", until="Authenticate with Kubernetes")[-1]
            return job.shell("", command) if authenticated.status == 0 else authenticated

    return act


def authenticate(run: Run = MAIN) -> Callable[[World], Result]:
    """The workflow's step of this name, by itself, as this run."""

    def act(world: World) -> Result:
        workflow = example_workflow()
        with world.job(workflow, "deploy", run) as job:
            return job.steps(workflow, "deploy", until="Authenticate with Kubernetes")[-1]

    return act


def kube_oidc(
    *arguments: str, stdin: str | None = None, environment: Mapping[str, str] | None = None
) -> Result:
    """The project's own command."""
    done = subprocess.run(
        [sys.executable, "-m", "kube_oidc", *arguments],
        cwd=REPOSITORY,
        env=os.environ | (environment or {}),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    script = shlex.join(["kube-oidc", *arguments])
    return Result("", script, done.returncode, done.stdout + done.stderr)


def checked(world: World) -> Result:
    """The example's file, judged by kube-oidc and by the API server that will run it."""
    binary = world.cluster.site.binaries.path("kube-apiserver")
    return kube_oidc("check", f"--apiserver={binary}", *FOR_MINOR, AUTH)


def checked_broken(world: World) -> Result:
    """The same file with the mistake that most published ones have: a claim without its prefix."""
    file = world.cluster.site.folder / "broken.yaml"
    text = (REPOSITORY / AUTH).read_text()
    file.write_text("".join(line for line in text.splitlines(keepends=True) if "prefix:" not in line))
    binary = world.cluster.site.binaries.path("kube-apiserver")
    return kube_oidc("check", f"--apiserver={binary}", *FOR_MINOR, str(file))


def explained(world: World) -> Result:
    """Which user main's token will become, before any cluster has seen one."""
    claims = world.issuer.claims(MAIN, "forgejo")
    return kube_oidc("explain", *FOR_MINOR, AUTH, "--claims=-", stdin=json.dumps(claims))


def loaded(world: World) -> Result:
    """Whether the file that runs is the file that was written, by the API server's own metric."""
    arguments = (f"--kubeconfig={world.cluster.api_server.admin}", AUTH)
    return kube_oidc("status", *arguments, environment=world.cluster.site.environment)
