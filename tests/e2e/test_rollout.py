"""A rollout that takes longer than a token lives: with the plugin it ends well, with a token handed over it does not.

All of it runs side by side. KUBE_OIDC_ROLLOUT=full takes GitHub's proportions at a fifth, a token of 60 s under a
rollout of 180 s; without it both are shorter, and the token still expires in the API server's eyes: it has no
leeway for `exp`, and remembers a token that it took for 10 s.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from e2e.harness import cluster, fault_rows, relay
from e2e.harness.cluster import ApiServer
from e2e.harness.fault_rows import Row
from e2e.harness.issuer import Claims, Issuer
from e2e.harness.world import EXAMPLE_FILE, HOST, MAIN, World, deployment

FULL = os.environ.get("KUBE_OIDC_ROLLOUT") == "full"
LIFE_SECONDS = 60 if FULL else 10
READY_SECONDS = 60 if FULL else 15  # until a new pod counts, three of them one after another
ROLLOUT_SECONDS = 3 * READY_SECONDS
CACHE_SECONDS = 10
BUSY_SECONDS = 60  # what a busy machine may add to a rollout
CUT_SECONDS = LIFE_SECONDS + CACHE_SECONDS + 3  # when a connection is cut, and an API server ends
BEGUN_WITHIN_SECONDS = 120
NAMES = ("plugin", "handed-over", "uncut", "crashed", "stopped")
NAMESPACE = "rollouts"
PLUGIN = "--audience forgejo"
HANDED_OVER = "--empty-user"
ALLOWED = {"jobs": {"deploy": {"enable-openid-connect": True}}}
WATCH_REFUSED = 'Failed to watch" err="failed to list *unstructured.Unstructured: Unauthorized"'
SHUTDOWN_SECONDS = 60  # kube-apiserver waits so long for open requests, watches too
REFUSED = "error: You must be logged in to the server (Unauthorized)"


@dataclass(frozen=True, slots=True)
class Deployed:
    """How a job ended; `tokens` is how many it was given, `seconds` how long it went on with the first one."""

    status: int
    output: str
    tokens: int
    seconds: float


def authenticate(user: str, server: str, authority: Path) -> str:
    """The step that makes the kubeconfig: the plugin in it, or one token for the whole job."""
    made = (
        f"kube-oidc kubeconfig --server {server} --certificate-authority {authority} --namespace {NAMESPACE} "
    )
    script = f"mkdir -p ~/.kube\n{made}{user} --output ~/.kube/config\n"
    if user == HANDED_OVER:
        script += 'kubectl config set-credentials oidc --token="$(kube-oidc token --audience forgejo)"\n'
    return script


def deploy(
    world: World, name: str, begun: threading.Event, user: str, server: str, then: str = ""
) -> Deployed:
    """A job that rolls a new image out and waits for it; `begun` is set with its first token, `then` comes last."""
    minted = []

    def mint(issuer: Issuer, claims: Claims) -> str:
        minted.append(time.monotonic())
        begun.set()
        return issuer.sign(claims | {"exp": claims["iat"] + LIFE_SECONDS})

    limit = ROLLOUT_SECONDS + (5 if name == "handed-over" else BUSY_SECONDS)  # that one waits in vain
    script = authenticate(user, server, world.cluster.site.authority.certificate)
    script += f"kubectl set image deployment/{name} blog={HOST}/adam/blog:after\n"
    script += f"kubectl rollout status deployment/{name} --timeout={limit}s\n{then}\n"
    with world.job(ALLOWED, "deploy", MAIN, mint) as job:
        job.path = f"{Path(sys.executable).parent}:{world.job_path}"
        job.environment = {**job.environment, "FORGEJO_ACTIONS": "true"}
        job.timeout = limit + 60
        result = job.shell("deploy", script)
    return Deployed(result.status, result.output, len(minted), time.monotonic() - minted[0] if minted else 0)


def slow(name: str, seconds: int) -> dict[str, Any]:
    """A Deployment that changes one pod after another, each counting only after so many seconds."""
    blog = deployment(NAMESPACE)
    blog["metadata"]["name"] = name
    labels = {"app": name}
    blog["spec"]["selector"]["matchLabels"] = blog["spec"]["template"]["metadata"]["labels"] = labels
    strategy = {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    blog["spec"] |= {"strategy": strategy, "minReadySeconds": seconds}
    return blog


def create(world: World, *names: str) -> None:
    """A namespace with these Deployments, each of them running and slow to change, and a grant for the job."""
    kubectl, on = world.cluster.kubectl, f"--namespace={NAMESPACE}"
    kubectl("create", "namespace", NAMESPACE)
    kubectl("create", "role", "deploy", "--verb=get,list,watch,patch", "--resource=deployments.apps", on)
    kubectl("create", "rolebinding", "deploy", "--role=deploy", f"--user=forgejo:{MAIN.subject}", on)
    for seconds in (0, READY_SECONDS):
        blogs = {"apiVersion": "v1", "kind": "List", "items": [slow(name, seconds) for name in names]}
        kubectl("apply", "-f", "-", stdin=json.dumps(blogs))
        kubectl("wait", "--for=condition=Available", "deployment", "--all", on, "--timeout=60s")


@contextmanager
def ending(
    world: World, name: str, begun: threading.Event, end: Callable[[ApiServer], None]
) -> Iterator[str]:
    """The URL of an API server that ends while a rollout is under way, and comes back where it was."""
    configuration = EXAMPLE_FILE.read_bytes()
    site, etcd = world.cluster.site, world.cluster.etcd
    with ExitStack() as stack, ThreadPoolExecutor(1) as pool:
        server = stack.enter_context(cluster.api_server(site, name, etcd, configuration))

        def come_back() -> None:
            begun.wait(BEGUN_WITHIN_SECONDS)
            end(server)
            port = urlsplit(server.url).port
            again = cluster.api_server(site, f"{name}-again", etcd, configuration, port=port)
            stack.enter_context(again)

        back = pool.submit(come_back)
        yield server.url
        back.result()


def crash(server: ApiServer) -> None:
    """As a machine that loses its power."""
    time.sleep(CUT_SECONDS)
    server.program.kill()


def stop(server: ApiServer) -> None:
    """As an update stops it."""
    time.sleep(CUT_SECONDS / 2)
    server.program.stop(SHUTDOWN_SECONDS + 10)


@pytest.fixture(scope="module")
def deploying(world: World) -> Iterator[dict[str, Future[Deployed]]]:
    """Every job at once, by the name of its Deployment."""
    begun = {name: threading.Event() for name in NAMES}
    create(world, *NAMES)
    direct = world.cluster.api_server.url
    with (
        relay.balancer(urlsplit(direct).port or 0, CUT_SECONDS) as balancer,
        ExitStack() as stack,
        ThreadPoolExecutor(8) as pool,
    ):
        servers = (
            ending(world, name, begun[name], end) for name, end in (("crashed", crash), ("stopped", stop))
        )
        crashed, stopped = pool.map(stack.enter_context, servers)
        jobs = {
            "plugin": (PLUGIN, balancer, "kubectl get deployment plugin"),
            "handed-over": (HANDED_OVER, balancer),
            "uncut": (HANDED_OVER, direct, "kubectl get deployment uncut"),
            "crashed": (PLUGIN, crashed),
            "stopped": (PLUGIN, stopped),
        }
        yield {name: pool.submit(deploy, world, name, begun[name], *job) for name, job in jobs.items()}


def assert_rolled_out(name: str, done: Deployed) -> None:
    assert f'deployment "{name}" successfully rolled out' in done.output, done.output
    assert done.seconds > CUT_SECONDS, "the token was still good, or the connection not cut"


def test_with_the_plugin_a_rollout_outlives_its_tokens(
    deploying: dict[str, Future[Deployed]], table: Callable[[Row], None]
) -> None:
    done = deploying["plugin"].result()
    assert_rolled_out("plugin", done)
    assert done.status == 0
    assert done.tokens >= 2
    assert "Unauthorized" not in done.output
    table(fault_rows.PLUGIN)


def test_with_a_token_handed_over_it_fails(
    deploying: dict[str, Future[Deployed]], table: Callable[[Row], None], world: World
) -> None:
    done = deploying["handed-over"].result()
    on = (f"--namespace={NAMESPACE}", f"--timeout={BUSY_SECONDS}s")
    ended = world.cluster.kubectl("rollout", "status", "deployment/handed-over", *on)
    assert "successfully rolled out" in ended, "the job did not see it"
    assert done.status != 0
    assert done.tokens == 1
    assert WATCH_REFUSED in done.output
    assert "error: timed out waiting for the condition" in done.output
    assert "successfully rolled out" not in done.output
    table(fault_rows.HANDED_OVER)


def test_a_watch_outlives_its_token_and_the_next_request_does_not(
    deploying: dict[str, Future[Deployed]], table: Callable[[Row], None]
) -> None:
    done = deploying["uncut"].result()
    assert_rolled_out("uncut", done)
    assert done.status != 0
    assert done.output.endswith(f"{REFUSED}\n")
    table(fault_rows.UNCUT)


@pytest.mark.parametrize("row", [fault_rows.CRASHED, fault_rows.STOPPED], ids=["crashed", "stopped"])
def test_an_api_server_restarts_under_a_rollout(
    deploying: dict[str, Future[Deployed]], table: Callable[[Row], None], row: Row
) -> None:
    name = "crashed" if row is fault_rows.CRASHED else "stopped"
    done = deploying[name].result()
    assert_rolled_out(name, done)
    assert done.status == 0
    if name == "stopped" and not FULL:  # its watch is never broken, it ends before the API server does
        assert "Failed to watch" not in done.output
    table(row)
