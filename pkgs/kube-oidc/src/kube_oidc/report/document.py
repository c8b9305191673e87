"""What every HTML page has: its style, its script, its content security policy, and where it comes from."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from kube_oidc.report.template import Values, text_of


@dataclass(frozen=True, slots=True)
class Origin:
    """When and from what a page was made: `made` is a date and time, `version` this program's.

    `cluster` is the URL of the API server that was asked, empty if roles and bindings are from files.
    """

    made: str
    version: str
    kubernetes: str
    rbac: str
    cluster: str = ""

    @property
    def rows(self) -> list[Values]:
        """Names and values, for origin.html."""
        shown = (
            ("Generated", f"{self.made} by kube-oidc {self.version}"),
            ("Kubernetes", self.kubernetes),
            ("Cluster", self.cluster),
            ("Roles and bindings", self.rbac),
        )
        return [{"name": name, "value": value} for name, value in shown if value]


def head(title: str, scripts: Iterable[str], origin: Origin) -> Values:
    """The values of head.html and origin.html. `scripts` are files in the folder of templates."""
    style, script = text_of("page.css"), "".join(text_of(file) for file in scripts)
    return {
        "title": title,
        "style": style,
        "styleHash": _hash(style),
        "script": script,
        "scriptHash": _hash(script),
        "origin": origin.rows,
    }


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
