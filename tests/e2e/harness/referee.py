"""Asks the real kube-apiserver for its verdict on a file, without a cluster.

It judges the file before it needs etcd, and ends by itself because of an authorization webhook file that is
not there: only the complaint about that one means that everything before was accepted.
"""

from __future__ import annotations

import json
import re
import subprocess
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from e2e.harness.certificates import private_pem, write_secret
from e2e.harness.processes import free_port

OWN_ISSUER: Final = "--service-account-issuer=https://kubernetes.default.svc"
# klog quotes one line, and puts several lines between < and >, each behind a tab.
LAST_WORDS: Final = re.compile(
    r'"command failed" err=(?:(?P<quoted>"(?:[^"\\]|\\.)*")|<\n(?P<block>.*?)\n >)', re.DOTALL
)
ABSENT: Final = "no-such-webhook.yaml"
TIMEOUT_SECONDS = 60


def refusal(kube_apiserver: Path, configuration: Path, flags: Sequence[str], folder: Path) -> str | None:
    """Why this binary refuses the file, in its own words; None where it accepts it. `folder` is its own."""
    key = write_secret(folder / "service-accounts.key", private_pem(ec.generate_private_key(ec.SECP256R1())))
    command = [
        kube_apiserver,
        f"--authentication-config={configuration}",
        "--authorization-mode=Webhook",
        f"--authorization-webhook-config-file={folder / ABSENT}",
        "--etcd-servers=http://127.0.0.1:1",
        "--bind-address=127.0.0.1",
        "--advertise-address=192.0.2.1",
        f"--secure-port={free_port()}",
        f"--cert-dir={folder}",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
        *(() if any("service-account-issuer" in flag for flag in flags) else (OWN_ISSUER,)),
        *flags,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
    found = LAST_WORDS.search(done.stderr)
    if found is None:
        raise AssertionError(f"{kube_apiserver} gave no verdict on {configuration}:\n{done.stderr}")
    words = json.loads(found["quoted"]) if found["quoted"] else textwrap.dedent(found["block"])
    return None if ABSENT in words else words
