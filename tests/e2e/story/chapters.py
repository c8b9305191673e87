"""The chapters: each scene with the output that the real programs must produce."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from e2e.harness import hostile
from e2e.harness.issuer import Mint, Run
from e2e.harness.world import DIGEST, EXAMPLE, MAIN, NAMESPACE, OTHER_NAMESPACE
from e2e.story.acts import (
    authenticate,
    checked,
    checked_broken,
    deploy,
    explained,
    loaded,
    owner,
    then,
)
from e2e.story.scene import Chapter, Scene

UNAUTHORIZED: Final = r"You must be logged in to the server|\(Unauthorized\)"


def forbidden(verb: str, resource: str, namespace: str = NAMESPACE, user: str = MAIN.subject) -> str:
    """What kubectl prints when RBAC says no."""
    who, what = re.escape(f'User "forgejo:{user}"'), re.escape(f'cannot {verb} resource "{resource}"')
    return rf'\(Forbidden\): .*{who} {what} .*namespace "{namespace}"'


def stranger(title: str, run: Run) -> Scene:
    """A genuine token of another workload: authenticated, but without permissions."""
    return Scene(title, deploy(run), forbidden("get", "deployments", user=run.subject), succeeds=False)


def impostor(title: str, mint: Mint, log: str) -> Scene:
    """A token that the API server rejects, with the reason, which only its log has."""
    return Scene(title, deploy(mint=mint), UNAUTHORIZED, succeeds=False, log=log)


def untrusted(title: str, run: Run, claim: str) -> Scene:
    """A genuine token with a claim that the example's trust rules reject."""
    return Scene(title, deploy(run), UNAUTHORIZED, succeeds=False, log=f"failed: {claim} must be ")


# A job of main's workflow that a pull request set off: Forgejo gives it the subject of main itself.
# The same job once the repository's settings were saved on Forgejo 16.
NUMBERED: Final = replace(MAIN, has_numbers=True)
CALLED: Final = replace(MAIN, event="workflow_call")
TARGET: Final = replace(MAIN, event="pull_request_target", base_ref="main", head_ref="feature")


ON: Final = f"--namespace={NAMESPACE}"


CHAPTERS: Final = (
    Chapter(
        "Before anything runs: the file is checked",
        (
            Scene("the example is valid, and kube-apiserver agrees", checked, r"auth\.yaml: valid"),
            Scene(
                "both reject a broken copy, with the line and the fix",
                checked_broken,
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
        "The API server has the file, and the cluster's owner applies the grant",
        (
            Scene(
                "the API server has loaded exactly this file",
                loaded,
                "sha256:[0-9a-f]{64}: loaded",
            ),
            Scene(
                "before the grant, main's job is authenticated but can't do anything",
                deploy(),
                forbidden("get", "deployments"),
                succeeds=False,
            ),
            Scene("the grant", owner("apply", "-f", str(EXAMPLE / "rbac.yaml")), r"rolebinding\S+ created"),
        ),
    ),
    Chapter(
        "The deploy job on main, with the steps of its workflow",
        (
            Scene("it gets a token and becomes a user", authenticate(), re.escape(f"forgejo:{MAIN.subject}")),
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
        "What this job can't do",
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
                "start pods",
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
        "Genuine tokens of the same owner's other workloads: authenticated, then forbidden (403)",
        (
            stranger("another branch", replace(MAIN, ref="refs/heads/feature")),
            stranger("a tag named main", replace(MAIN, ref="refs/tags/main")),
            stranger(
                "a repository with a similar name", replace(MAIN, repository="adam/technowizardry.net2")
            ),
        ),
    ),
    Chapter(
        "Genuine tokens that the file's rules reject (401), and why",
        (
            untrusted(
                "a pull request", replace(MAIN, event="pull_request", ref="refs/pull/7/head"), "event_name"
            ),
            untrusted("pull_request_target, with main's own subject", TARGET, "event_name"),
            untrusted("a job of a reusable workflow, with main's own subject", CALLED, "event_name"),
            untrusted(
                "a pull request's job of a reusable workflow",
                replace(CALLED, ref="refs/pull/7/head"),
                "event_name",
            ),
            untrusted(
                "another owner's fork", replace(MAIN, repository="eve/technowizardry.net"), "repository_owner"
            ),
            untrusted(
                "an owner with a similar name", replace(MAIN, repository="adam2/blog"), "repository_owner"
            ),
        ),
    ),
    Chapter(
        "Tokens that aren't genuine (401), and why",
        (
            impostor("without the right audience", hostile.default_audience, r"expected audience \W*forgejo"),
            impostor("expired", hostile.expired, "token is expired"),
            impostor("not valid yet", hostile.not_yet_valid, "before the nbf"),
            impostor(
                "signed with another key",
                hostile.foreign_key,
                "failed to verify id token signature|failed to verify signature",
            ),
            impostor("signed with EdDSA", hostile.edwards, "EdDSA|unexpected signature algorithm|malformed"),
            impostor("not signed", hostile.unsigned, "none|unexpected signature algorithm|malformed"),
            impostor("signed with the public key as a password", hostile.public_key_as_secret, "HS256"),
            impostor("changed after it was signed", hostile.altered, "failed to verify"),
            impostor("from an issuer that isn't in the file", hostile.other_issuer, "invalid bearer token"),
        ),
    ),
    Chapter(
        "The repository's settings are saved on Forgejo 16: its subject gets numbers, and the grant covers it",
        (
            Scene("the same job rolls out", deploy(NUMBERED), 'deployment "blog" successfully rolled out'),
            Scene(
                "it has another user name",
                authenticate(NUMBERED),
                re.escape(f"forgejo:{NUMBERED.subject}"),
            ),
            untrusted(
                "another owner's repository with the same subject",
                replace(MAIN, repository="adam-2/technowizardry.net-17"),
                "repository_owner",
            ),
            stranger(
                "another repository whose subject has numbers",
                replace(MAIN, repository="adam/other", repository_id=18, has_numbers=True),
            ),
        ),
    ),
)
