"""The story, scene by scene: what happens and what the real programs must say; tests and demo play it."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from e2e import hostile
from e2e.binaries import REPOSITORY
from e2e.issuer import Mint, Run
from e2e.runner import Result
from e2e.world import DIGEST, EXAMPLE, MAIN, NAMESPACE, OTHER_NAMESPACE, World, example_workflow

AUTH: Final = "examples/forgejo/auth.yaml"
UNAUTHORIZED: Final = r"You must be logged in to the server|\(Unauthorized\)"


@dataclass(frozen=True, slots=True)
class Scene:
    """`act` does something real; `says` is a pattern in its output, `log` one in the API server's log."""

    title: str
    act: Callable[[World], Result]
    says: str
    succeeds: bool = True
    log: str = ""

    def fault(self, result: Result, log: str) -> str | None:
        """What went otherwise than the story has it; None if nothing did."""
        if (result.status == 0) != self.succeeds:
            return f"exit status {result.status}"
        if not re.search(self.says, result.output):
            return f"the output does not have {self.says!r}"
        if not re.search(self.log, log):
            return f"the API server's log does not have {self.log!r}"
        return None


@dataclass(frozen=True, slots=True)
class Played:
    """A scene as it went; `log` is what the API server wrote into its log meanwhile."""

    scene: Scene
    result: Result
    log: str

    @property
    def fault(self) -> str | None:
        """What went otherwise than the story has it."""
        return self.scene.fault(self.result, self.log)


@dataclass(frozen=True, slots=True)
class Chapter:
    """Scenes that belong together."""

    title: str
    scenes: tuple[Scene, ...]


def play(scene: Scene, world: World) -> Played:
    """Plays one scene."""
    log = world.cluster.api_server.program.log
    before = log.stat().st_size
    result = scene.act(world)
    return Played(scene, result, log.read_bytes()[before:].decode(errors="replace"))


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


def authenticate(world: World) -> Result:
    """The workflow's step of this name, by itself."""
    workflow = example_workflow()
    with world.job(workflow, "deploy") as job:
        return job.steps(workflow, "deploy", until="Authenticate with Kubernetes")[-1]


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
    return kube_oidc("check", f"--apiserver={binary}", AUTH)


def checked_spoilt(world: World) -> Result:
    """The same file with the mistake that most published ones have: a claim without its prefix."""
    file = world.cluster.site.folder / "spoilt.yaml"
    text = (REPOSITORY / AUTH).read_text()
    file.write_text("".join(line for line in text.splitlines(keepends=True) if "prefix:" not in line))
    binary = world.cluster.site.binaries.path("kube-apiserver")
    return kube_oidc("check", f"--apiserver={binary}", str(file))


def explained(world: World) -> Result:
    """Which user main's token will become, before any cluster has seen one."""
    claims = world.issuer.claims(MAIN, "forgejo")
    return kube_oidc("explain", AUTH, "--claims=-", stdin=json.dumps(claims))


def loaded(world: World) -> Result:
    """Whether the file that runs is the file that was written, by the API server's own metric."""
    arguments = (f"--kubeconfig={world.cluster.api_server.admin}", f"--config={AUTH}")
    return kube_oidc("status", *arguments, environment=world.cluster.site.environment)


def forbidden(verb: str, resource: str, namespace: str = NAMESPACE, user: str = MAIN.subject) -> str:
    """What kubectl prints when RBAC says no."""
    who, what = re.escape(f'User "forgejo:{user}"'), re.escape(f'cannot {verb} resource "{resource}"')
    return rf'\(Forbidden\): .*{who} {what} .*namespace "{namespace}"'


def stranger(title: str, run: Run) -> Scene:
    """A genuine token of another workload: known to the API server, allowed nothing."""
    return Scene(title, deploy(run), forbidden("get", "deployments", user=run.subject), succeeds=False)


def impostor(title: str, mint: Mint, log: str) -> Scene:
    """A token that the API server does not take at all, with the reason that only its log has."""
    return Scene(title, deploy(mint=mint), UNAUTHORIZED, succeeds=False, log=log)


def untrusted(title: str, run: Run, claim: str) -> Scene:
    """A genuine token whose claim the example's trust rules refuse."""
    return Scene(title, deploy(run), UNAUTHORIZED, succeeds=False, log=f"failed: {claim} must be ")


# A job of main's workflow that a pull request set off: Forgejo gives it the subject of main itself.
TARGET: Final = replace(MAIN, event="pull_request_target", base_ref="main", head_ref="feature")
ON: Final = f"--namespace={NAMESPACE}"
CHAPTERS: Final = (
    Chapter(
        "Before anything runs: the file is checked",
        (
            Scene("the example is valid, kube-apiserver says so too", checked, r"auth\.yaml: valid"),
            Scene(
                "a spoilt copy is refused by both, with line and remedy",
                checked_spoilt,
                r"(?s):\d+:\d+: error: (jwt\[0\]\.claimMappings\.username\.prefix: Required value).*"
                r"remedy: .*kube-apiserver says: .*\1",
                succeeds=False,
            ),
            Scene(
                "main's token will become this user", explained, re.escape(f"the user forgejo:{MAIN.subject}")
            ),
        ),
    ),
    Chapter(
        "The API server has the file, the cluster's owner makes the grant",
        (
            Scene(
                "the file that runs is the file that was written",
                loaded,
                "sha256:[0-9a-f]{64}: the loaded one",
            ),
            Scene(
                "before the grant, main's job is known and may do nothing",
                deploy(),
                forbidden("get", "deployments"),
                succeeds=False,
            ),
            Scene("the grant", owner("apply", "-f", str(EXAMPLE / "rbac.yaml")), r"rolebinding\S+ created"),
        ),
    ),
    Chapter(
        "The deploy job on main, step by step as its workflow has them",
        (
            Scene("it gets a token and becomes a user", authenticate, re.escape(f"forgejo:{MAIN.subject}")),
            Scene("it rolls out the new image", deploy(), 'deployment "blog" successfully rolled out'),
            Scene(
                "the new image runs in every pod",
                owner(
                    "get",
                    "pods",
                    ON,
                    "-o",
                    "custom-columns=POD:.metadata.name,PHASE:.status.phase,IMAGE:.spec.containers[0].image",
                ),
                rf"(blog-\S+ +Running +\S+@{DIGEST}\s+){{3}}",
            ),
        ),
    ),
    Chapter(
        "What this job may not do",
        (
            Scene(
                "delete",
                then(f"kubectl delete deployment blog {ON}"),
                forbidden("delete", "deployments"),
                False,
            ),
            Scene(
                "another namespace",
                then(f"kubectl set image deployment/blog blog=x --namespace={OTHER_NAMESPACE}"),
                forbidden("get", "deployments", OTHER_NAMESPACE),
                False,
            ),
            Scene("read secrets", then(f"kubectl get secrets {ON}"), forbidden("list", "secrets"), False),
            Scene(
                "start pods of its own",
                then(f"kubectl run shell --image=shell {ON}"),
                forbidden("create", "pods"),
                False,
            ),
            Scene(
                "give itself more rights",
                then(f"kubectl create rolebinding more --clusterrole=admin --user=anyone {ON}"),
                r"\(?[Ff]orbidden\)?: .* cannot create resource \"rolebindings\"",
                False,
            ),
        ),
    ),
    Chapter(
        "Genuine tokens of the same owner's other workloads: authenticated, allowed nothing (403)",
        (
            stranger("another branch", replace(MAIN, ref="refs/heads/feature")),
            stranger("a tag named main", replace(MAIN, ref="refs/tags/main")),
            stranger(
                "a repository with a similar name", replace(MAIN, repository="adam/technowizardry.net2")
            ),
        ),
    ),
    Chapter(
        "Genuine tokens that the file's own rules refuse (401), and why",
        (
            untrusted(
                "a pull request", replace(MAIN, event="pull_request", ref="refs/pull/7/head"), "event_name"
            ),
            untrusted("pull_request_target, with main's own subject", TARGET, "event_name"),
            untrusted(
                "another owner's fork", replace(MAIN, repository="eve/technowizardry.net"), "repository_owner"
            ),
            untrusted(
                "an owner with a similar name", replace(MAIN, repository="adam2/blog"), "repository_owner"
            ),
        ),
    ),
    Chapter(
        "Tokens that are not accepted at all (401), and why",
        (
            impostor("the audience was forgotten", hostile.default_audience, r"expected audience \W*forgejo"),
            impostor("expired", hostile.expired, "token is expired"),
            impostor("not valid yet", hostile.not_yet_valid, "before the nbf"),
            impostor(
                "signed with a foreign key",
                hostile.foreign_key,
                "failed to verify id token signature|failed to verify signature",
            ),
            impostor("not signed", hostile.unsigned, "none|unexpected signature algorithm|malformed"),
            impostor("signed with the public key as a password", hostile.public_key_as_secret, "HS256"),
            impostor("rewritten after it was signed", hostile.altered, "failed to verify"),
            impostor(
                "from an issuer that the file does not name", hostile.other_issuer, "invalid bearer token"
            ),
        ),
    ),
)
