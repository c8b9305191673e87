"""Refused tokens from the API server's log, without the tokens: for `explain --log` and `status`."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

from kube_oidc.commands import EXIT_FINDINGS, EXIT_VALID, CommandError
from kube_oidc.commands.reading import read, read_or_stdin

if TYPE_CHECKING:
    from kube_oidc.authn.authenticate import Authenticator
    from kube_oidc.status import Problem

_LINE: Final = ("oidc:", "bearer token", " err=", '"err"')


def explain_log(given: str, authenticator: Authenticator, form: str) -> int:
    """Print each reason once; return 1, or 0 if the log has none. CommandError if it can't be read."""
    from kube_oidc.authn.refusals import diagnose
    from kube_oidc.authn.refused_log import refusals
    from kube_oidc.report import refusal as report
    from kube_oidc.report.redaction import redact

    reasons = Counter(map(redact, refusals(_text(given))))
    for reason, count in reasons.items():
        found = diagnose(reason, authenticator.configuration, authenticator.version)
        if form == "json":
            sys.stdout.write(json.dumps(report.as_json(found, count), ensure_ascii=False) + "\n")
        else:
            sys.stdout.write(report.as_text(found, count))
    if not reasons and form == "text":
        sys.stdout.write("no refused tokens in this log: it has no `Unable to authenticate the request`\n")
    return EXIT_FINDINGS if reasons else EXIT_VALID


def _text(given: str) -> str:
    """The log's text: of standard input, of a file, or the line itself."""
    if given == "-" or os.path.exists(given):  # noqa: PTH110 - False for a line that can't be a path
        return read_or_stdin(given).decode("utf-8", "replace")
    if any(sign in given for sign in _LINE):
        return given
    if " " in given:
        raise CommandError(
            "--log: this line has no reason; paste the one with `Unable to authenticate the request`"
        )
    return read(given).decode("utf-8", "replace")


def recent(file: str) -> tuple[Problem, ...]:
    """Tokens refused in the last hour, if this is an API server's machine and its journal can be read."""
    from kube_oidc.apply.machine import Machine
    from kube_oidc.report.redaction import redact
    from kube_oidc.status.refused_tokens import SINCE_SECONDS, UNITS, refused_tokens

    since = time.time() - SINCE_SECONDS
    logs = ((unit, redact(Machine(unit).log(since))) for unit in UNITS)
    return tuple(each for unit, log in logs for each in refused_tokens(unit, log, file))
