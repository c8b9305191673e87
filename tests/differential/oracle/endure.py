"""Reads broken files in a separate process and prints time and memory as a JSON object."""

from __future__ import annotations

import json
import random
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from kube_oidc.verdict.validate_file import check
from recorded.verdicts import context

from differential.oracle.cases import documents
from differential.oracle.process import DEFAULT_MINOR

HEAD: Final = b"apiVersion: apiserver.config.k8s.io/v1beta1\nkind: AuthenticationConfiguration\n"
LEVELS: Final = [b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 12)]


def bombs() -> dict[str, bytes]:
    """Files that take a naive reader too much time or memory."""
    rules = b"".join(b"  - {claim: c%d}\n" % number for number in range(20_000))
    return {
        "aliases of aliases": HEAD + b"a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + b"".join(LEVELS),
        "deep flow list": HEAD + b"a: " + b"[" * 100_000,
        "deep flow map": HEAD + b"a: " + b"{a: " * 100_000,
        "deep block": HEAD + b"a:\n" + b"".join(b" " * n + b"a:\n" for n in range(1, 1200)),
        "deep JSON": b'{"a":' * 100_000,
        "many keys": HEAD + b"".join(b"k%d: v\n" % number for number in range(60_000)),
        "the same key": HEAD + b"k: v\n" * 100_000,
        "many rules": HEAD + b"jwt:\n- claimValidationRules:\n" + rules,
        "one long scalar": HEAD + b"a: " + b"x" * 1_000_000,
        "one long quoted scalar": HEAD + b'a: "' + b"\\u00e4" * 150_000 + b'"\n',
        "one long expression": HEAD
        + b"jwt: [{claimValidationRules: [{expression: '"
        + b"(" * 50_000
        + b"'}]}]",
        "an expression of many terms": HEAD
        + b"jwt: [{claimValidationRules: [{expression: '"
        + b" && ".join([b"claims.a == ''x''"] * 5_000)
        + b"'}]}]",
        "many brackets": b"]" * 500_000,
        "many dashes": b"- " * 400_000,
        "many colons": b":" * 500_000,
        "many quotes": b"'" * 500_000,
        "many directives": b"%A\n" * 200_000,
        "many documents": b"---\n" * 200_000,
        "many anchors": HEAD + b"a: [" + b"".join(b"&a%d x, " % number for number in range(60_000)) + b"]\n",
        "merges of merges": HEAD
        + b"a0: &a0 {k: v}\n"
        + b"".join(b"a%d: &a%d {<<: [*a%d, *a%d]}\n" % (n, n, n - 1, n - 1) for n in range(1, 40)),
        "zeros": b"\0" * 1_000_000,
        "over the limit": HEAD + b"#" * 2_000_000,
        "a long number": HEAD + b"a: " + b"9" * 500_000 + b"\n",
        "a long PEM": HEAD
        + b"jwt:\n- issuer:\n    certificateAuthority: |\n"
        + b"      -----BEGIN CERTIFICATE-----\n" * 20_000,
        "a long URL": HEAD + b'jwt: [{issuer: {url: "https://' + b"a%41:" * 100_000 + b'"}}]\n',
    }


def broken(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Documents from the cases with random bytes inserted."""
    chance = random.Random(seed)
    whole = [case.config for case in documents()]
    for number in range(count):
        data = bytearray(chance.choice(whole))
        for _ in range(chance.randint(1, 8)):
            place = chance.randint(0, len(data))
            data[place : place + chance.randint(0, 6)] = chance.randbytes(chance.randint(0, 6))
        yield f"broken {number} of seed {seed}", bytes(data)


def main() -> int:
    """Prints `slowest` in seconds with its name, `peak` in MiB, `files`; the caller detects tracebacks."""
    slowest, name, files = 0.0, "", 0
    asked = context(DEFAULT_MINOR)
    for title, data in [*bombs().items(), *broken(int(sys.argv[1]), int(sys.argv[2]))]:
        started = time.process_time()
        print(title, file=sys.stderr)
        check(data, asked)
        files += 1
        taken = time.process_time() - started
        if taken > slowest:
            slowest, name = taken, title
    print(json.dumps({"slowest": slowest, "name": name, "peak": peak_mib(), "files": files}))
    return 0


def peak_mib() -> float:
    """This program's peak memory; not from `ru_maxrss`, which on Linux includes the parent's peak."""
    status = Path("/proc/self/status")
    if status.exists():
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(peak.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * 1024)  # bytes on macOS


if __name__ == "__main__":
    sys.exit(main())
