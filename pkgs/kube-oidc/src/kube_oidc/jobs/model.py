"""A job of a workflow, as far as ID tokens and kubectl are concerned."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple


class Forge(Enum):
    """Whose syntax the workflow has. The value is `workflow` in the provider's file."""

    FORGEJO = "forgejo-actions"
    GITHUB = "github-actions"
    GITLAB = "gitlab-ci"


class Line(NamedTuple):
    """A line of a script, with the number of its line in the file."""

    number: int
    text: str


class Trigger(NamedTuple):
    """A run of the workflow: its event and its ref. `is_any` if the ref is an example of many."""

    event: str
    ref: str
    is_any: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """`may_request`: the workflow lets this job request an ID token. `audiences`: those it names, if any.

    `actions` are the actions it uses, each with its line.
    """

    path: str
    line: int
    name: str
    forge: Forge
    may_request: bool
    audiences: tuple[Line, ...]
    environment: str
    triggers: tuple[Trigger, ...]
    script: tuple[Line, ...]
    actions: tuple[Line, ...] = ()

    @property
    def requests(self) -> bool:
        """Whether it requests a token or uses one."""
        texts = [line.text for line in (*self.script, *self.actions)]
        return bool(self.audiences) or any(word in text for text in texts for word in REQUESTS)


REQUESTS = ("ACTIONS_ID_TOKEN_REQUEST_", "kube-oidc token", "kube-oidc@", "kube-oidc/action")
