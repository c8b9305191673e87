"""Everything the story needs, started once: the issuer, the way to it, the cluster, what to deploy."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import yaml

from e2e.harness import cluster, internet, processes, serving
from e2e.harness.binaries import MINOR, REPOSITORY, Binaries, adapted
from e2e.harness.certificates import Authority
from e2e.harness.cluster import Cluster, Place, Site
from e2e.harness.issuer import Issuer, Mint, Run
from e2e.harness.kubeconfig import write_kubeconfig
from e2e.harness.runner import Job, asks_for_tokens


def adapted_file(file: Path) -> Path:
    """The file itself, or a copy in an older version of the format if the API server under test needs one."""
    text = adapted(file.read_text())
    if text == file.read_text():
        return file
    copy = REPOSITORY / ".cache" / "e2e" / MINOR / file.relative_to(REPOSITORY)
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text(text)
    return copy


EXAMPLE: Final = REPOSITORY / "examples" / "forgejo"
EXAMPLE_FILE: Final = adapted_file(EXAMPLE / "auth.yaml")
HOST: Final = "git.technowizardry.net"
NAMESPACE: Final = "technowizardry"
OTHER_NAMESPACE: Final = "payroll"
DIGEST: Final = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
MAIN: Final = Run()
PROGRAMS: Final = (
    "etcd",
    "jq",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubectl",
    "kwok",
)


@dataclass(frozen=True, slots=True)
class World:
    """The cluster, the issuer and the machine that CI jobs run on; `job_path` is that machine's PATH.

    `routes` is the internet: which port of 127.0.0.1 answers for a `host:port`.
    """

    cluster: Cluster
    issuer: Issuer
    job_path: str
    routes: dict[str, int]

    def kubeconfig_variable(self) -> str:
        """The example's kubeconfig with this cluster's address and certificate authority in it."""
        content = yaml.safe_load((EXAMPLE / "kubeconfig.yaml").read_text())
        content["clusters"][0]["cluster"] = {
            "server": self.cluster.api_server.url,
            "certificate-authority-data": base64.b64encode(self.cluster.site.authority.pem).decode(),
        }
        return yaml.safe_dump(content)

    @contextmanager
    def job(
        self, workflow: dict[str, Any], name: str, run: Run = MAIN, mint: Mint | None = None
    ) -> Iterator[Job]:
        """A job of this run on the runner; its home is gone afterwards."""
        contexts = {
            "github": {
                "event_name": run.event,
                "ref": run.ref,
                "repository": run.repository,
                "sha": "2c26b46b",
            },
            "vars": {"KUBERNETES_CONFIG": self.kubeconfig_variable()},
            "needs": {"build": {"outputs": {"digest": DIGEST}}},
            "steps": {"build-and-push": {"outputs": {"digest": DIGEST}}},
        }
        site = self.cluster.site
        with (
            self.issuer.job(run, mint) as request,
            TemporaryDirectory(prefix="job-", dir=site.folder) as home,
        ):
            allowed = request if asks_for_tokens(workflow, name) else dict.fromkeys(request, "")
            yield Job(Path(home), self.job_path, dict(site.environment) | allowed, contexts)

    def kubeconfig_for(self, token: str) -> Path:
        """A kubeconfig whose user presents this token."""
        site = self.cluster.site
        path = site.folder / "token.kubeconfig"
        return write_kubeconfig(path, self.cluster.api_server.url, site.authority, {"token": token})

    def wait_for_keys(self) -> None:
        """Returns once the API server knows the issuer's keys, which it fetches after it is ready."""
        token = self.issuer.sign(self.issuer.claims(MAIN, "forgejo"))
        understood = cluster.answers(self.cluster.site, self.kubeconfig_for(token), "/version")
        processes.wait_until("the issuer's keys loaded", understood, self.cluster.api_server.program)

    @contextmanager
    def another(self, name: str, configuration: bytes, place: Place = Path.write_bytes) -> Iterator[World]:
        """The same world, whose jobs deploy through a second API server with another configuration."""
        with self.cluster.another(name, configuration, place) as second:
            world = replace(self, cluster=second)
            world.wait_for_keys()
            yield world


def example_workflow() -> dict[str, Any]:
    """examples/forgejo/workflow.yaml, read."""
    content: dict[str, Any] = yaml.safe_load((EXAMPLE / "workflow.yaml").read_text())
    return content


def programs_of_a_runner(folder: Path, binaries: Binaries) -> str:
    """PATH of a machine that has what the workflows use: kubectl, curl and the usual; jq for the article's."""
    folder.mkdir()
    for name in ("kubectl", "jq"):
        (folder / name).symlink_to(binaries.path(name))
    return f"{folder}:{os.environ['PATH']}"


def deployment(namespace: str) -> dict[str, Any]:
    """The blog as it runs before the story begins: three replicas of an older image."""
    labels = {"app": "blog"}
    container = {"name": "blog", "image": f"{HOST}/adam/technowizardry.net:before"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "blog", "namespace": namespace},
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def populate(owned: Cluster) -> None:
    """Two namespaces with the blog in each, and a secret; returns once the first blog runs."""
    for namespace in (NAMESPACE, OTHER_NAMESPACE):
        owned.kubectl("create", "namespace", namespace)
        owned.kubectl("create", "-f", "-", stdin=json.dumps(deployment(namespace)))
    owned.kubectl(
        "create", "secret", "generic", "database", f"--namespace={NAMESPACE}", "--from-literal=password=x"
    )
    owned.kubectl("rollout", "status", "deployment/blog", f"--namespace={NAMESPACE}", "--timeout=60s")


@contextmanager
def start(folder: Path, binaries: Binaries) -> Iterator[World]:
    """The world with the example's AuthenticationConfiguration, to the byte, once tokens are understood."""
    authority = Authority("authority", folder)
    routes: dict[str, int] = {}
    with serving.serve(HOST, authority) as forgejo, internet.proxy(routes) as proxy:
        routes[f"{HOST}:443"] = forgejo.port
        trust = str(authority.certificate)
        environment = {
            "HTTPS_PROXY": proxy,
            "https_proxy": proxy,
            "SSL_CERT_FILE": trust,
            "CURL_CA_BUNDLE": trust,
        }
        site = Site(folder, binaries, authority, environment)
        with cluster.start(site, EXAMPLE_FILE.read_bytes()) as owned:
            populate(owned)
            world = World(owned, forgejo, programs_of_a_runner(folder / "bin", binaries), routes)
            world.wait_for_keys()
            yield world
