"""Jobs that fail, on a machine with only bash, curl and kubectl: what their logs say, and where it leads."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from e2e.harness import hostile, misbehaviour
from e2e.harness.binaries import REPOSITORY
from e2e.harness.certificates import Authority
from e2e.harness.generated import MAIN, assert_kept_secret, generate, run_action
from e2e.harness.issuer import Behaviour, Mint, Run
from e2e.harness.processes import free_port
from e2e.harness.runner import Job, Result
from e2e.harness.world import EXAMPLE_FILE, World

COREUTILS: Final = (
    "base64",
    "cat",
    "chmod",
    "cp",
    "date",
    "dirname",
    "grep",
    "mkdir",
    "mktemp",
    "realpath",
    "rm",
    "sed",
)
IMAGE: Final = ("bash", "curl", "tail", "tr", "sh", "env", *COREUTILS)
EXPLAIN: Final = re.compile(
    r"^ *(kube-oidc explain) /etc/kube-oidc/auth\.yaml (--claims -.* <<< '.*')$", re.M
)
CREDENTIALS: Final = ("curl", "action")


def as_it_is(_: World, variable: str) -> str:
    return variable


def changed(**fields: object) -> Callable[[World, str], str]:
    """The kubeconfig with other fields of its cluster; a callable makes the value from the world."""

    def change(world: World, variable: str) -> str:
        content = yaml.safe_load(variable)
        for name, value in fields.items():
            content["clusters"][0]["cluster"][name.replace("_", "-")] = (
                value(world) if callable(value) else value
            )
        return yaml.safe_dump(content)

    return change


def another_authority(world: World) -> str:
    folder = world.cluster.site.folder / "another-authority"
    folder.mkdir(exist_ok=True)
    return base64.b64encode(Authority("another", folder).pem).decode()


@dataclass(frozen=True, slots=True)
class Broken:
    """What is wrong with a job; `says` is in its log; `explained` in what the command that it prints says then."""

    title: str
    says: tuple[str, ...]
    explained: str = ""
    run: Run = MAIN
    mint: Mint | None = None
    missing: tuple[str, ...] = ()
    audience: str = "forgejo"
    allowed: bool = True
    variable: Callable[[World, str], str] = as_it_is
    behaviour: Behaviour | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    by_action: str = ""  # the action's own words, if they aren't those of the script


REFUSED: Final = "The API server responded 401"
MAY_NOT: Final = "this job can't request ID tokens: it needs "
BROKEN: Final = (
    Broken("the job may not request tokens", (MAY_NOT, "enable-openid-connect: true"), allowed=False),
    Broken(
        "curl isn't installed", ("kube-oidc: curl not found: ",), missing=("curl",), by_action="Username "
    ),
    Broken("kubectl isn't installed", ("kube-oidc: kubectl not found: ",), missing=("kubectl",)),
    Broken("the CI variable is empty", ("empty",), variable=lambda *_: ""),
    Broken(
        "the CI variable is no kubeconfig",
        ("isn't a kubeconfig with a current-context",),
        variable=lambda *_: "not: a kubeconfig",
    ),
    Broken(
        "the API server is somewhere else",
        ("Nothing responded at https://127.0.0.1:", "--server URL"),
        variable=changed(server=lambda _: f"https://127.0.0.1:{free_port()}"),
    ),
    Broken(
        "the kubeconfig has another cluster's CA",
        ("isn't accepted: the kubeconfig has the CA of another cluster",),
        variable=changed(certificate_authority_data=another_authority),
    ),
    Broken(
        "the certificate lacks the name",
        ("--tls-san NAME",),
        variable=changed(tls_server_name="kubernetes.example.org"),
    ),
    Broken(
        "another audience",
        (REFUSED, "  aud             other\n", "  sub             repo:adam/generated:ref:refs/heads/main\n"),
        'refused: oidc: verify token: oidc: expected audience "forgejo" got ["other"]',
        audience="other",
    ),
    Broken(
        "a pull request's job with main's subject",
        (REFUSED, "  event_name      pull_request_target\n", "pull requests and reusable"),
        "failed: event_name must be one of push, ",
        run=replace(MAIN, event="pull_request_target"),
    ),
    Broken(
        "a repository of another owner",
        (REFUSED, "  repository      eve/generated\n"),
        "failed: repository_owner must be adam",
        run=replace(MAIN, repository="eve/generated"),
    ),
    Broken(
        "an issuer that the file doesn't have",
        (REFUSED, "  iss             https://git.example.org/api/actions\n"),
        'refused: no authenticator for issuer "https://git.example.org/api/actions"',
        mint=hostile.other_issuer,
    ),
    Broken(
        "an expired token",
        (REFUSED, " s ago, by this machine's clock\n"),
        "this token becomes",
        mint=hostile.expired,
    ),
    Broken(
        "no grant for this branch",
        (
            "(Forbidden)",
            "The API server knows this job as the user above",
            "--live --can 'THE LINE THAT SAYS FORBIDDEN'",
        ),
        run=replace(MAIN, ref="refs/heads/feature"),
    ),
    Broken(
        "the forge has a login page",
        ("This job got no ID token", "the forge's response contains no ID token"),
        behaviour=misbehaviour.login_page,
        by_action="returned an HTML page instead of a token",
    ),
    Broken(
        "the forge fails",
        ("This job got no ID token", "the forge responded 500: see its log; Forgejo also "),
        behaviour=misbehaviour.failing,
        by_action="responded 500",
    ),
    Broken(
        "the way to the forge is closed",
        ("This job got no ID token", "the forge's token endpoint didn't respond"),
        environment={"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"},
        by_action="kube-oidc token: ",
    ),
)


@pytest.fixture(scope="module")
def image(granted: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the programs of a common image."""
    folder = tmp_path_factory.mktemp("image")
    for name in IMAGE:
        (folder / name).symlink_to(shutil.which(name) or name)
    (folder / "kubectl").symlink_to(granted.cluster.site.binaries.path("kubectl"))
    return folder


@contextmanager
def set_up(granted: World, image: Path, broken: Broken, folder: Path) -> Iterator[tuple[Job, dict[str, Any]]]:
    """The job on its machine, with everything wrong that is to be wrong."""
    workflow: dict[str, Any] = yaml.safe_load(generate("forgejo", "curl").replace("--retry 3", "--retry 0"))
    if not broken.allowed:
        del workflow["jobs"]["deploy"]["enable-openid-connect"]
    programs = folder / "programs"
    programs.mkdir()
    for program in image.iterdir():
        if program.name not in broken.missing:
            (programs / program.name).symlink_to(program.resolve())
    before = granted.issuer.behaviour
    with granted.job(workflow, "deploy", broken.run, broken.mint) as job:
        granted.issuer.behaviour = broken.behaviour or before
        job.path = str(programs)
        job.environment = {**job.environment, **broken.environment, "FORGEJO_ACTIONS": "true"}
        job.contexts["vars"]["KUBERNETES_CONFIG"] = broken.variable(granted, granted.kubeconfig_variable())
        workflow["jobs"]["deploy"]["env"]["AUDIENCE"] = broken.audience
        try:
            yield job, workflow
        finally:
            granted.issuer.behaviour = before


def run_with_action(job: Job, workflow: dict[str, Any], broken: Broken) -> list[Result]:
    """The action in the place of the script, then the steps after it."""
    (Path(job.path) / "python3").symlink_to(sys.executable)
    action = yaml.safe_load((REPOSITORY / "action.yml").read_text())
    given = {"audience": broken.audience, "kubeconfig": job.contexts["vars"]["KUBERNETES_CONFIG"]}
    results = run_action(job, action["runs"]["steps"][0], action["inputs"], given)
    steps = workflow["jobs"]["deploy"]["steps"]
    steps[:] = [step for step in steps if step.get("name") != "Authenticate with Kubernetes"]
    if results[-1].status:
        steps[:] = steps[-1:]
    return results + job.steps(workflow, "deploy")


@pytest.mark.parametrize("credentials", CREDENTIALS)
@pytest.mark.parametrize("broken", BROKEN, ids=[broken.title for broken in BROKEN])
def test_the_log_says_what_is_wrong(
    granted: World, image: Path, tmp_path: Path, broken: Broken, credentials: str
) -> None:
    with set_up(granted, image, broken, tmp_path) as (job, workflow):
        by_script = credentials == "curl"
        results = job.steps(workflow, "deploy") if by_script else run_with_action(job, workflow, broken)
        log = "".join(result.output for result in job.results)
        assert_kept_secret(granted, job)
        assert list(job.home.glob("kube-oidc.*")) == []  # removed at the end
    wanted = broken.says if by_script or not broken.by_action else (broken.by_action,)
    assert [text for text in wanted if text not in log] == [], log
    if by_script or "curl" not in broken.missing:  # the action doesn't use it
        assert results[-1].status != 0
    if broken.explained:
        assert broken.explained in run_the_printed_command(log)


def run_the_printed_command(log: str) -> str:
    """What comes of the command that the log has for the API server's machine."""
    [(command, further)] = EXPLAIN.findall(log)
    line = f"{command} {EXAMPLE_FILE} {further}"
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    done = subprocess.run(
        ["bash", "-c", line], env={"PATH": path}, capture_output=True, text=True, timeout=120, check=False
    )
    return done.stdout + done.stderr


def test_the_same_jobs_without_a_fault_deploy(granted: World, image: Path, tmp_path: Path) -> None:
    """So that nothing fails only for want of a program."""
    with set_up(granted, image, Broken("", ()), tmp_path) as (job, workflow):
        results = job.steps(workflow, "deploy")
    assert [result.status for result in results] == [0, 0], results[-1].output
