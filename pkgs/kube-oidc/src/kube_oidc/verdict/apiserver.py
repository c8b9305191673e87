"""Asks a kube-apiserver binary whether it accepts a file.

This needs no cluster, because it validates the file before it needs etcd. We start it with an authorization webhook
file that doesn't exist. It then exits at once, either with its error about an invalid file or, if it has accepted
everything before, with its error about the webhook file.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import signal
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from kube_oidc.verdict.klog import errors
from kube_oidc.verdict.server_flags import Flags
from kube_oidc.verdict.versions import KubernetesVersion

__all__ = ["BinaryError", "Flags", "NoAnswerError", "refusal", "version"]

_TIMEOUT_SECONDS: Final = 20  # it usually answers within one; a machine that stalls gets another attempt
_ABSENT: Final = "kube-oidc-no-such-webhook.yaml"
_WHOLE_FILE: Final = re.compile(r"(Object '(?:Kind|apiVersion)' is missing) in '.*'", re.S)
_ATTEMPTS: Final = 3
_DISTRIBUTION: Final = re.compile(r"^(k3s|rke2) version v(\d+\.\d+)", re.MULTILINE)


class BinaryError(Exception):
    """The binary gave no answer; the message says why."""


class NoAnswerError(BinaryError):
    """The binary didn't exit in time."""


def version(binary: Path) -> KubernetesVersion:
    """The minor version that `--version` prints; BinaryError if it prints none."""
    output = _run([str(binary), "--version"])
    match = re.search(r"Kubernetes v(\d+\.\d+)", output)
    if match is None:
        if instead := _not_kube_apiserver(binary):
            raise BinaryError(instead)
        raise BinaryError(f"{binary} --version printed no Kubernetes version: {output.strip()[:200]!r}")
    return KubernetesVersion.parse(match[1])


def refusal(binary: Path, configuration: Path, flags: Flags) -> str | None:
    """The binary's error about the file; None if it accepts the file. BinaryError if it gives no answer."""
    with tempfile.TemporaryDirectory(prefix="kube-oidc-") as folder:
        key = Path(folder, "service-account.key")
        key.write_text(_throwaway_key(), encoding="ascii")
        for attempt in range(_ATTEMPTS):
            try:
                output = _run(_command(binary, configuration, flags, Path(folder), key))
            except NoAnswerError:
                if attempt + 1 < _ATTEMPTS:
                    continue
                raise
            if "bind: address already in use" not in output:
                return _verdict(output, binary)
    raise BinaryError("found no free port for the API server")


def _command(binary: Path, configuration: Path, flags: Flags, folder: Path, key: Path) -> list[str]:
    return [
        str(binary),
        f"--authentication-config={configuration}",
        "--authorization-mode=Webhook",
        f"--authorization-webhook-config-file={folder / _ABSENT}",
        "--etcd-servers=http://127.0.0.1:1",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
        "--bind-address=127.0.0.1",
        "--advertise-address=192.0.2.1",
        f"--secure-port={_free_port()}",
        f"--cert-dir={folder}",
        *flags.arguments(),
    ]


def _run(command: list[str]) -> str:
    """The command's output, stdout and stderr. Kills the command and its children if it doesn't exit in time."""
    try:
        process = subprocess.Popen(  # noqa: S603 - the binary that the user named
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        raise BinaryError(f"{command[0]} cannot be run: {error.strerror}") from None
    try:
        output, _ = process.communicate(timeout=_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        raise NoAnswerError(f"{command[0]} did not answer within {_TIMEOUT_SECONDS} seconds") from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return output


def _verdict(output: str, binary: Path) -> str | None:
    said = [error for message, error in errors(output) if message == "command failed"]
    if not said:
        raise BinaryError(
            _not_kube_apiserver(binary)
            or f"the API server gave no verdict; its output: {output.strip()[-500:]}"
        )
    return None if _ABSENT in said[-1] else _WHOLE_FILE.sub(r"\1", said[-1])


def _not_kube_apiserver(binary: Path) -> str:
    """What to use instead of a distribution's binary, which contains kube-apiserver; empty for any other."""
    found = _DISTRIBUTION.search(_run([str(binary), "--version"]))
    if found is None:
        return ""
    return (
        f"{binary} is {found[1]}, which runs kube-apiserver inside itself and can't be asked: use the kube-apiserver "
        f"of Kubernetes {found[2]} (nixpkgs: kubernetes), or --kubernetes-version {found[2]} without --apiserver"
    )


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _throwaway_key() -> str:
    """A new P-256 private key (RFC 5915), which signs nothing."""
    scalar = b"\x00" + secrets.token_bytes(31)  # below the order of the curve
    curve = bytes.fromhex("a00a06082a8648ce3d030107")
    body = b"\x02\x01\x01" + b"\x04\x20" + scalar + curve
    der = b"\x30" + bytes([len(body)]) + body
    return f"-----BEGIN EC PRIVATE KEY-----\n{base64.b64encode(der).decode()}\n-----END EC PRIVATE KEY-----\n"
