"""Why an API server has not loaded the file: its own log and its unit know before its metrics do."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Final

from kube_oidc.apply.machine import Machine
from kube_oidc.apply.reasons import ADMINISTRATOR
from kube_oidc.cluster.exchange import AskingError
from kube_oidc.status import Written
from kube_oidc.status.loading import State
from kube_oidc.status.waiting import Answer
from kube_oidc.verdict.klog import Complaint, complaints

_ISSUER: Final = re.compile(r'issuer \\?"([^"\\]+)\\?"')
_MAX_REASON_CHARACTERS: Final = 400  # characters of a reason
_RACE_SECONDS: Final = 2.0  # an API server may fail with the file before, just after this one took its place
_STARTS_SECONDS: Final = 8.0  # and is started again by then (RestartSec of NixOS is 5)
_RESTART: Final = "changed from initial configuration file"


@dataclass(slots=True)
class Inquiry:
    """Asked with every answer that is not the wanted one; `remedy` goes with the last reason."""

    machine: Machine
    written: Written
    remedy: str = ""
    _started: float = 0.0

    def __call__(self, _server: str, answer: Answer | AskingError) -> str:
        """Why there is no point in waiting any more; empty while there may be."""
        if isinstance(answer, AskingError):
            self.remedy = ADMINISTRATOR if answer.status in (401, 403) else ""
            return self._of_start() if answer.status == 0 else ""
        now = time.time()
        if answer.state(self.written, now) is not State.FAILED:
            return ""
        failed = answer.metrics.reloaded.get("failure", now)
        found = self._last(min(self.written.changed, failed))
        return self._said(found) if found and found.step != "start" else ""

    def _of_start(self) -> str:
        """It does not answer: has it stopped, or does it refuse the file whenever it starts?"""
        self._started = self._started or time.time()
        found = self._last(self.written.changed)
        settled = time.time() - max(self._started, self.written.changed + _RACE_SECONDS) > _STARTS_SECONDS
        if found and found.step == "start" and settled:
            return self._said(found)
        # A switch may be about to start it again.
        state = self.machine.stopped() if settled else ""
        return self._stopped(state) if state else ""

    def _stopped(self, state: str) -> str:
        found = self._last(self.written.changed)
        if found and found.step == "start":
            return self._said(found)
        unit = self.machine.unit
        self.remedy = f"see why: journalctl --unit {unit}; start it: systemctl restart {unit}"
        return f"the API server's unit {unit} is {state}"

    def _last(self, since: float) -> Complaint | None:
        return next(iter([*complaints(self.machine.log(since - 1))][-1:]), None)

    def _said(self, found: Complaint) -> str:
        reason = " ".join(found.reason.split())
        reason = reason if len(reason) <= _MAX_REASON_CHARACTERS else f"{reason[:_MAX_REASON_CHARACTERS]}…"
        path = self.written.path
        if found.step == "update":
            silent = ", ".join(dict.fromkeys(_ISSUER.findall(reason))) or "an issuer"
            self.remedy = (
                f"make it reachable from this machine (kube-oidc status {path} shows more), or remove it; "
                "the API server tries again once a minute"
            )
            return f"the issuer {silent} does not respond, so the API server keeps the file it had: {reason}"
        if _RESTART in reason:
            self.remedy = f"restart the API server: systemctl restart {self.machine.unit or 'UNIT'}"
            return f"the API server did not reload {path}: {reason}"
        self.remedy = (
            "correct it and activate the configuration again, or go back: nixos-rebuild switch --rollback"
        )
        if found.step == "start":
            return f"the API server does not start with {path}: {reason}"
        return f"the API server refused {path} and keeps the file it had: {reason}"
