"""docs/how-to/service-account-tokens.md on a real API server: its binding and its commands do what it says."""

from __future__ import annotations

import base64
import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest

from e2e.harness.binaries import REPOSITORY
from e2e.harness.issuer import Run
from e2e.harness.processes import wait_until
from e2e.harness.world import World

PAGE: Final = (REPOSITORY / "docs/how-to/service-account-tokens.md").read_text("utf-8")
SECONDS: Final = 20  # tokens are cached for ten
FORBIDDEN: Final = r".*cannot list resource.*"
UNAUTHORIZED: Final = r".*(Unauthorized|must be logged in).*"
SECRET: Final = {
    "apiVersion": "v1",
    "kind": "Secret",
    "type": "kubernetes.io/service-account-token",
    "metadata": {
        "name": "deployer-token",
        "namespace": "blog",
        "annotations": {"kubernetes.io/service-account.name": "deployer"},
    },
}


def commands(step: str) -> list[list[str]]:
    """The words of the commands in this step of the page."""
    text = PAGE.partition(f"## {step}.")[2].partition("\n## ")[0].replace("\\\n", " ")
    return [shlex.split(line) for line in re.findall(r"^\$ kubectl (.*)$", text, re.M)]


@dataclass(frozen=True, slots=True)
class Blog:
    """The namespace of the page, with its service account's token."""

    world: World
    token: str

    def answer(self, token: str, *arguments: str) -> str:
        """What kubectl says to who presents the token."""
        kubeconfig = self.world.kubeconfig_for(token)
        command = [self.world.cluster.site.binaries.path("kubectl"), f"--kubeconfig={kubeconfig}", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        return done.stdout + done.stderr

    def deployments(self, token: str) -> str:
        """What the list of deployments is to who presents the token: empty, or the reason for the refusal."""
        return self.answer(token, "get", "deployments", "--namespace=blog", "--output=name")

    def wait_until(self, what: str, token: str, says: str) -> None:
        """Returns once this is the answer, which is within the time that tokens are cached."""
        server = self.world.cluster.api_server.program
        wait_until(
            what, lambda: re.fullmatch(says, self.deployments(token), re.S) is not None, server, SECONDS
        )


@pytest.fixture(scope="module")
def blog(world: World) -> Iterator[Blog]:
    kubectl = world.cluster.kubectl
    kubectl("create", "namespace", "blog")
    kubectl("create", "serviceaccount", "deployer", "--namespace=blog")
    kubectl("create", "-f", "-", stdin=json.dumps(SECRET))
    kubectl(
        "create", "role", "deployer", "--namespace=blog", "--verb=get,list,patch", "--resource=deployments"
    )

    def token() -> str:
        return kubectl(
            "get", "secret", "deployer-token", "--namespace=blog", "--output=jsonpath={.data.token}"
        )

    wait_until("the Secret has its token", lambda: bool(token()), world.cluster.api_server.program)
    yield Blog(world, base64.b64decode(token()).decode())
    kubectl("delete", "namespace", "blog", "--wait=false")


def test_both_work_side_by_side_and_the_old_one_can_be_revoked(blog: Blog) -> None:
    kubectl = blog.world.cluster.kubectl
    issuer = blog.world.issuer
    job = issuer.sign(issuer.claims(Run(repository="adam/blog"), "forgejo"))
    listed = kubectl(*commands("1")[0])
    assert re.search(r"^blog +deployer-token ", listed, re.M)

    [binding] = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.M | re.S)
    kubectl("apply", "-f", "-", stdin=binding)
    blog.wait_until("the service account is bound", blog.token, "")
    assert blog.deployments(job) == ""
    assert "deployer" in kubectl(*commands("1")[1][:-3])

    unbind, delete_secret, delete_account = commands("4")
    requested = kubectl("create", "token", "deployer", "--namespace=blog")
    kubectl(*unbind)
    blog.wait_until("the service account isn't bound any more", blog.token, FORBIDDEN)
    assert blog.deployments(job) == "", "the job keeps its role"

    kubectl(*delete_secret)
    blog.wait_until("the Secret's token is refused", blog.token, UNAUTHORIZED)
    assert re.fullmatch(FORBIDDEN, blog.deployments(requested), re.S), "a requested token isn't in the Secret"

    kubectl(*delete_account)
    blog.wait_until("every token of the account is refused", requested, UNAUTHORIZED)
    assert blog.deployments(job) == ""
