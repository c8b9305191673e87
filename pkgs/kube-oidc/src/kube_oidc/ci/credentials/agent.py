"""Runs the CI system's program that prints a token; its output is never shown."""

from __future__ import annotations

import os
import signal
import subprocess

from kube_oidc.ci.credentials.secret import Secret
from kube_oidc.ci.credentials.token import CredentialError
from kube_oidc.net.deadline import Deadline


def ask(command: list[str], deadline: Deadline) -> Secret:
    """The program's output; CredentialError if it is missing, fails or takes too long."""
    program = command[0]
    try:
        process = subprocess.Popen(  # noqa: S603 - a fixed program with an audience
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # in debug mode the token is in it
            start_new_session=True,
        )
    except FileNotFoundError:
        raise CredentialError(f"{program} not found on PATH: install it on the runner") from None
    except OSError as error:
        raise CredentialError(f"cannot run {program}: {error.strerror}") from None
    try:
        output, _ = process.communicate(timeout=deadline.remaining())
    except subprocess.TimeoutExpired:
        raise CredentialError(f"{program} did not finish within {deadline.seconds:g} s") from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.returncode:
        shown = " ".join(command[:-1])
        raise CredentialError(
            f"{program} exited with status {process.returncode}; run `{shown} …` in the job to see why"
        )
    return Secret(output.decode("utf-8", "replace").strip())
