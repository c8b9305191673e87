"""Damaged certificates as `certificateAuthority`: our parser's verdict and errors against Go's."""

from __future__ import annotations

import base64
import json
import random
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from kube_oidc.verdict.golang.der import DERError, Reader
from kube_oidc.verdict.golang.pem import certificate_error
from kube_oidc.verdict.versions import OLDEST, Difference, KubernetesVersion

from differential.oracle.configuration import as_yaml, configuration
from differential.oracle.process import DEFAULT_MINOR, Reference

STORED: Final = Path(__file__).resolve().parents[2] / "pkgs/kube-oidc/tests/certificates.json"
SEED: Final = 20262
MUTATIONS: Final = 3000
# Tags of strings, times, numbers and explicit fields, lengths in long form, and edge values of a byte.
BYTES: Final = bytes.fromhex("000102030506 0c121314161718 1e1f2e303140 7f80818286a0 a3feff")
TIMES: Final = (
    b"500101000000Z",
    b"20260101000000+2400",
    b"240230000000Z",
    b"2601010000Z",
    b"00000101000000Z",
)
NAMES: Final = (
    b".",
    b".a",
    b"a..b",
    b"a@b.",
    b"1.2.3.4",
    b"https://a.b:1:2",
    b'"a b"@c',
    b"http://[",
    b"\xff",
)


def pem(data: bytes) -> str:
    """`data` as a PEM block."""
    lines = "\n".join(textwrap.wrap(base64.b64encode(data).decode(), 64))
    return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"


def their_errors(reference: Reference, texts: list[str]) -> Iterator[str | None]:
    """The reference's error for each one as a CA."""
    configs = (as_yaml(configuration({"issuer": {"certificateAuthority": text}})) for text in texts)
    for answer in reference.validate_all((config, ()) for config in configs):
        yield answer["errors"][0]["detail"] if answer["errors"] else None


def mutated(data: bytes, chance: random.Random) -> bytes:
    """`data` with one to three changes: of a byte, or of an element (with the lengths around it adjusted)."""
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        data = _in_an_element(data, chance) if chance.random() < 0.75 else _a_byte(data, chance)
    return data


def _in_an_element(data: bytes, chance: random.Random) -> bytes:
    """One change somewhere below `data`, which is a sequence of elements."""
    elements = _elements(data)
    if not elements or chance.random() < 0.1:
        return _a_byte(data, chance)
    at = chance.randrange(len(elements))
    tag, content = elements[at]
    match chance.randrange(12):
        case 0:
            elements[at] = chance.choice(BYTES), content
        case 1:
            del elements[at]
        case 2:
            elements.insert(at, chance.choice(elements))
        case 3:
            elements[at] = tag, chance.choice((*TIMES, *NAMES, b"", content + b"\0", content[:-1]))
        case _:
            inner = content[1:] if tag == 0x03 else content
            elements[at] = tag, content[: len(content) - len(inner)] + _in_an_element(inner, chance)
    return b"".join(_encoded(tag, content) for tag, content in elements)


def _elements(data: bytes) -> list[tuple[int, bytes]]:
    """The elements that `data` consists of; none if it is something else."""
    reader, found = Reader(data), []
    try:
        while reader:
            tag, _, content = reader.any("not DER")
            found.append((tag, content))
    except DERError:
        return []
    return found


def _encoded(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = size.to_bytes((size.bit_length() + 7) // 8, "big") if size >= 0x80 else b""
    return bytes([tag, 0x80 | len(length) if length else size]) + length + content


def _a_byte(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    new = bytes([chance.choice(BYTES) if chance.random() < 0.7 else chance.randrange(256)])
    return data[:at] + new * chance.choice((0, 1, 1, 1)) + data[at + chance.choice((0, 1, 1, 1)) :]


@pytest.fixture(scope="module")
def stored() -> list[dict[str, Any]]:
    """The recorded certificates with their errors."""
    table: list[dict[str, Any]] = json.loads(STORED.read_text(encoding="utf-8"))
    return table


def test_stored_results_are_the_reference_s(
    default_reference: Reference, stored: list[dict[str, Any]]
) -> None:
    texts = [pem(base64.b64decode(row["der"])) for row in stored]
    assert list(their_errors(default_reference, texts)) == [row["error"] for row in stored]


@pytest.mark.parametrize("minor", [str(OLDEST), DEFAULT_MINOR])
def test_damaged_certificates_get_the_same_error(
    references: Any, stored: list[dict[str, Any]], minor: str
) -> None:
    chance = random.Random(SEED)
    good = [base64.b64decode(row["der"]) for row in stored if row["error"] is None]
    texts = [pem(mutated(chance.choice(good), chance)) for _ in range(MUTATIONS)]
    version = KubernetesVersion.parse(minor)
    strict_colons = version.has(Difference.COLONS_IN_HOSTS_REFUSED)
    negative_serials = not version.has(Difference.NEGATIVE_SERIALS_REFUSED)
    ours = [
        certificate_error(text, strict_colons=strict_colons, negative_serials=negative_serials)
        for text in texts
    ]
    theirs = list(their_errors(references(minor), texts))
    different = [(text, a, b) for text, a, b in zip(texts, ours, theirs, strict=True) if a != b]
    assert not different, "\n".join(f"{text}API server: {b}\nkube-oidc:  {a}" for text, a, b in different[:5])
    assert len(set(theirs)) > 50
