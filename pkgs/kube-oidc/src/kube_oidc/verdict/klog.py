"""Errors in the log of kube-apiserver, as klog writes them: quoted, or as an indented block if they have lines. Pure.

Sources of the messages: `k8s.io/kubernetes/pkg/kubeapiserver/options/authentication.go` (reload) and
`k8s.io/component-base/cli/run.go` (start); k3s and rke2 log the end of the API server themselves.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_ERROR: Final = re.compile(
    r'"(?P<message>(?:[^"\\\n]|\\.)*)" err=(?:(?P<quoted>"(?:[^"\\]|\\.)*")|<\n(?P<block>.*?)\n >)'
    r'|msg="(?P<ended>[Aa]piserver exited: (?:[^"\\]|\\.)*)"',
    re.DOTALL,
)
_RELOAD: Final = re.compile(r"failed to (read|load|validate|update) authentication config")
# Kubernetes 1.30 to 1.33 don't say which file: only this one has `jwt`.
_ABOUT_THE_FILE: Final = re.compile(
    r'authentication[- ]config|AuthenticationConfig|\A\[?jwt\b|\Astrict decoding error: .*"jwt\b'
)
_CONTAINER: Final = re.compile(r"^\S+ (?:stdout|stderr) [FP] ", re.MULTILINE)  # CRI's log format


@dataclass(frozen=True, slots=True)
class Complaint:
    """An error about the AuthenticationConfiguration.

    `step` is read, load, validate or update of a reload, or start. Only `load`, `validate` and `start` are final.
    """

    step: str
    reason: str

    @property
    def final(self) -> bool:
        """Whether the API server doesn't retry this file."""
        return self.step in ("load", "validate", "start")


def complaints(log: str) -> Iterator[Complaint]:
    """The errors about the file in a log, oldest first."""
    for message, error in errors(log):
        if found := _RELOAD.match(message):
            yield Complaint(found[1], error)
        elif message == "command failed" and _ABOUT_THE_FILE.search(error):
            yield Complaint("start", error)


def errors(log: str) -> Iterator[tuple[str, str]]:
    """The message and the error of each entry with both. If the API server exited, the message is "command failed"."""
    for match in _ERROR.finditer(_CONTAINER.sub("", log)):
        if match["ended"] is not None:
            yield "command failed", _unquoted(f'"{match["ended"]}"').partition(": ")[2]
        elif match["quoted"] is not None:
            yield match["message"], _unquoted(match["quoted"])
        else:
            yield match["message"], "\n".join(line.removeprefix("\t") for line in match["block"].splitlines())


def _unquoted(text: str) -> str:
    """The string that Go's strconv.Quote quoted."""
    try:
        return str(ast.literal_eval(text))
    except (ValueError, SyntaxError):
        return text[1:-1]
