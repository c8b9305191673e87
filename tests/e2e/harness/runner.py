"""Runs a workflow's steps as a runner does: expressions first, then `bash -e`, in a home of the job's own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from e2e.harness.expressions import condition, substitute

TIMEOUT_SECONDS = 180
ALWAYS = "always()"
INHERITED = ("LANG", "TMPDIR")


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one step or command; `output` is stdout and stderr in the order they came."""

    name: str
    script: str
    status: int
    output: str


@dataclass(slots=True)
class Job:
    """One job on a runner: `environment` is what the runner gives it, `path` where its programs are."""

    home: Path
    path: str
    environment: Mapping[str, str]
    contexts: dict[str, Any]
    results: list[Result] = field(default_factory=list)
    timeout: float = TIMEOUT_SECONDS

    def shell(self, name: str, script: str, environment: Mapping[str, str] | None = None) -> Result:
        """Runs a script as a step without `shell:` runs: `bash -e FILE`."""
        file = self.home / "step.sh"
        file.write_text(script)
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        done = subprocess.run(
            ["bash", "-e", file],
            cwd=self.home,
            env=inherited
            | {"HOME": str(self.home), "PATH": self.path, "GITHUB_ENV": str(self.home / "env")}
            | {"RUNNER_TEMP": str(self.home)}
            | self.environment
            | self.of_earlier_steps()
            | self.contexts.get("env", {})
            | (environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=self.timeout,
            check=False,
        )
        file.unlink()
        result = Result(name, script, done.returncode, done.stdout)
        self.results.append(result)
        return result

    def of_earlier_steps(self) -> dict[str, str]:
        """The variables that steps before have put into the file of GITHUB_ENV."""
        file = self.home / "env"
        lines = file.read_text().splitlines() if file.exists() else []
        return dict(line.split("=", 1) for line in lines)

    def steps(self, workflow: Mapping[str, Any], job: str, until: str = "") -> list[Result]:
        """The results of the job's `run:` steps, run in order until one fails or up to the one of this name.

        A `uses:` step is skipped: it brings what this runner has already. Without `until`, the steps with `always()`
        run at the end; their results are only in `results`.
        """
        definition = workflow["jobs"][job]
        self.contexts["env"] = self._resolve(workflow.get("env", {}) | definition.get("env", {}))
        results: list[Result] = []
        for step in definition["steps"]:
            if "run" not in step or step.get("if") == ALWAYS or not condition(step.get("if"), self.contexts):
                continue
            environment = self.contexts["env"] | self._resolve(step.get("env", {}))
            results.append(
                self.shell(step.get("name", "run"), substitute(step["run"], self.contexts), environment)
            )
            if results[-1].status or step.get("name") == until:
                break
        for step in definition["steps"] if not until else ():
            if step.get("if") == ALWAYS:
                self.shell(step["name"], step["run"])
        return results

    def _resolve(self, values: Mapping[str, str]) -> dict[str, str]:
        return {name: substitute(str(value), self.contexts) for name, value in values.items()}


def asks_for_tokens(workflow: Mapping[str, Any], job: str) -> bool:
    """Whether the forge lets this job request ID tokens: by `enable-openid-connect` or `id-token: write`."""
    definition = workflow["jobs"][job]
    permissions = definition.get("permissions", workflow.get("permissions", {}))
    if permissions.get("id-token") == "write":
        return True
    return bool(definition.get("enable-openid-connect", workflow.get("enable-openid-connect", False)))
