"""Asks the CI's own program for a token: its standard output is the token, and nothing of it is shown."""

from __future__ import annotations

import os
import signal
import subprocess

from kube_oidc.ci.credentials.secret import Secret
from kube_oidc.ci.credentials.token import CredentialError
from kube_oidc.net.deadline import Deadline


def ask(command: list[str], deadline: Deadline) -> Secret:
    """What the program printed; CredentialError when it is missing, fails, or is slower than the deadline."""
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
        raise CredentialError(f"{program} is not on the PATH: install it where the job runs") from None
    except OSError as error:
        raise CredentialError(f"{program} cannot be run here: {error.strerror}") from None
    try:
        output, _ = process.communicate(timeout=deadline.remaining())
    except subprocess.TimeoutExpired:
        raise CredentialError(f"{program} did not answer within {deadline.seconds:g} s") from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.returncode:
        shown = " ".join(command[:-1])
        raise CredentialError(
            f"{program} ended with status {process.returncode}; run `{shown} …` in the job to see why"
        )
    return Secret(output.decode("utf-8", "replace").strip())
