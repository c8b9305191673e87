"""Every value of a workflow, checked so that it can't leave its place in YAML or in a shell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from kube_oidc.ci.workflow import Deployment, WorkflowError

# RFC 1123 subdomain, as Kubernetes names a Deployment; a namespace and a container are a label of it
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_TEXT: Final = re.compile(r"[A-Za-z0-9_.:/@+=*~-]+")
_JOB: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_ACTION: Final = re.compile(r"(https://[\w.-]+(:\d+)?/)?[\w.-]+/[\w./-]+@[0-9a-f]{40}", re.ASCII)
ACTION_FORM: Final = "OWNER/REPOSITORY@COMMIT with the full 40-digit commit"
_IMAGE: Final = re.compile(r"([A-Za-z0-9_.:/@-]|\$\{\{ [A-Za-z0-9_.-]+ \}\}|\$[A-Z_]++)+")
_DURATION: Final = re.compile(r"([0-9]+(\.[0-9]+)?(ms|s|m|h))+")
_COMMAND: Final = re.compile(r"(?!\s)(?!.*\$\{\{)[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]+")
_COMMAND_FORM: Final = (
    "one line of shell without `${{ }}`, which would let a branch's name be code; the image is in $IMAGE"
)


class _Field(NamedTuple):
    option: str
    value: str
    form: re.Pattern[str]
    expected: str


def checked(deployment: Deployment) -> Deployment:
    """The deployment, if every value is safe in YAML and shell; otherwise WorkflowError."""
    for field in _fields(deployment):
        if not field.form.fullmatch(field.value):
            raise WorkflowError(f"--{field.option} {field.value!r}: expected {field.expected}")
    return deployment


def _fields(given: Deployment) -> Iterator[_Field]:
    yield _Field("audience", given.audience, _TEXT, "letters, digits and _.:/@+=~-")
    yield _Field("namespace", given.namespace, _LABEL, "an RFC 1123 label")
    yield _Field("timeout", given.timeout, _DURATION, "a duration such as 120s")
    yield _Field("runs-on", given.runs_on, _TEXT, "the label of a runner")
    yield _Field("kubeconfig-variable", given.kubeconfig_variable, re.compile("[A-Z_][A-Z0-9_]*"), "A_NAME")
    yield _Field("kubectl-version", given.kubectl_version, re.compile(r"v\d+\.\d+\.\d+"), "v1.36.3")
    optional = (
        _Field("deployment", given.name, _NAME, "an RFC 1123 name"),
        _Field("container", given.container, _LABEL, "an RFC 1123 label"),
        _Field("image", given.image, _IMAGE, "a reference such as git.example.org/adam/site"),
        _Field("needs", given.needs, _JOB, "the name of a job"),
        _Field("environment", given.environment, _TEXT, "the name of an environment"),
        _Field("action", given.action, _ACTION, ACTION_FORM),
    )
    yield from (field for field in optional if field.value)
    yield from (_Field("branch", branch, _TEXT, "a branch or a pattern") for branch in given.branches)
    yield from (_Field("tag", tag, _TEXT, "a tag or a pattern") for tag in given.tags)
    yield from (_Field("run", command, _COMMAND, _COMMAND_FORM) for command in given.run)
    forms = ((_NAME, "the name of a release"), (_TEXT, "a chart: a folder, REPO/NAME or oci://…"))
    yield from (
        _Field("helm", word, *form) for word, form in zip(given.helm, forms[: len(given.helm)], strict=True)
    )
