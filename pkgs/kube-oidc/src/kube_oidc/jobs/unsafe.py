"""What is unsafe in a job that requests ID tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from kube_oidc.jobs.model import Job, Line

_TOKEN_ARGUMENT: Final = re.compile(r"--token[= ]\s*[\"']?\$")
_HEADER_ARGUMENT: Final = re.compile(
    r"""(-H|--header)[= ]\s*["'][^"']*Authorization[^"']*\$""", re.IGNORECASE
)
_PRINTED: Final = re.compile(
    r"\b(echo|printf|cat)\b[^|>]*\$\{?\w*(ID_TOKEN|id_token|OIDC_TOKEN|REQUEST_TOKEN)\b[^|>]*$"
)
_TRACE: Final = re.compile(r"\bset -[a-wyz]*x|\bbash -x\b")
_SKIP_TLS: Final = re.compile(r"--insecure-skip-tls-verify|curl\b.*(\s-k\b|--insecure)")
_BUILDS: Final = re.compile(
    r"\b(docker|podman|buildah) (build|buildx)\b|\bnpm (ci|install|run|test)\b|\bmake\b|\bgo (build|test)\b|\bcargo \w+"
    r"|\bmvn\b|\bgradle\w*\b|\bpip install -r\b|\byarn\b|\bpnpm\b"
)
_BUILD_ACTIONS: Final = ("docker/build-push-action@", "docker/bake-action@")


class Unsafe(NamedTuple):
    """A finding on a line of the workflow."""

    code: str
    line: int
    message: str
    remedy: str


def unsafe(job: Job) -> Iterator[Unsafe]:
    """Each kind once per job, on its first line."""
    seen: set[str] = set()
    for found in _all(job):
        if found.code not in seen:
            seen.add(found.code)
            yield found


def _all(job: Job) -> Iterator[Unsafe]:
    for line in job.script:
        yield from _of_line(line)
    builds = [line for line in job.script if _BUILDS.search(line.text)]
    builds += [
        line
        for line in job.actions
        if line.text.removeprefix("https://").removeprefix("github.com/").startswith(_BUILD_ACTIONS)
    ]
    if builds:
        yield Unsafe(
            "job-builds-and-deploys",
            builds[0].number,
            f"job {job.name} builds and can request ID tokens: everything that the build runs, dependencies "
            "included, can deploy",
            "build in a separate job without ID tokens, and deploy in one that `needs` it",
        )


def _of_line(line: Line) -> Iterator[Unsafe]:
    if _TOKEN_ARGUMENT.search(line.text) or _HEADER_ARGUMENT.search(line.text):
        yield Unsafe(
            "token-in-argument",
            line.number,
            "the token is in an argument list, which every process of the machine can read",
            "use an exec plugin for kubectl (`kube-oidc workflow`), and --header @- for curl",
        )
    if _PRINTED.search(line.text):
        yield Unsafe(
            "token-in-log",
            line.number,
            "the token is printed into the job's log; masks don't cover it once it is encoded or cut",
            "remove the line; `kube-oidc token --decode` prints the claims without the signature",
        )
    if _TRACE.search(line.text):
        yield Unsafe(
            "token-in-log",
            line.number,
            "`set -x` prints every command with its values, the token included, into the job's log",
            "remove -x from jobs that handle tokens",
        )
    if _SKIP_TLS.search(line.text):
        yield Unsafe(
            "tls-not-verified",
            line.number,
            "the server's certificate isn't verified: anyone in between gets the token",
            "put the CA into the kubeconfig (`kube-oidc kubeconfig`)",
        )
