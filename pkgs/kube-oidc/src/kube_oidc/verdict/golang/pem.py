"""PEM blocks, found like Go's `encoding/pem.Decode`; certificates, accepted like `client-go/util/cert`."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kube_oidc.verdict.golang.der import DERError
from kube_oidc.verdict.golang.x509 import parse_certificate

_START: Final = b"-----BEGIN "
_END: Final = b"\n-----END "
_DASHES: Final = b"-----"
_BASE64: Final = re.compile(rb"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


@dataclass(frozen=True, slots=True)
class Block:
    """One block: its label (`CERTIFICATE`), whether it has headers, and its DER bytes."""

    label: str
    has_headers: bool
    der: bytes


def blocks(text: str) -> Iterator[Block]:
    """Every block that Go's decoder returns, in order; other text is skipped.

    As Go does: the first END line is found, then the last BEGIN line before it, so that a BEGIN without
    an END is passed over.
    """
    rest = text.encode("utf-8", "surrogateescape")
    while (end := rest.find(_END)) >= 0:
        trailer = end + len(_END)
        begin = rest.rfind(_START, 0, end)
        block = None
        if begin == 0 or (begin > 0 and rest[begin - 1 : begin] == b"\n"):
            block = _block(rest[begin + len(_START) : end], rest[trailer:])
        if block is not None:
            yield block
        rest = rest[trailer:]


def _block(head: bytes, tail: bytes) -> Block | None:
    """The block whose label and body are `head` (after BEGIN) and whose END line continues with `tail`."""
    first_line, _, body = head.partition(b"\n")
    label = _stripped(first_line)
    if not label.endswith(_DASHES):
        return None
    label = label[: -len(_DASHES)]
    end_line = _stripped(tail.partition(b"\n")[0])
    if end_line != label + _DASHES:
        return None
    has_headers = False
    while b":" in (line := body.partition(b"\n"))[0]:
        if not line[1]:
            return None
        has_headers, body = True, line[2]
    digits = re.sub(rb"[ \t\r\n]", b"", body)
    if not _BASE64.fullmatch(digits):  # `b64decode(validate=True)` accepts incomplete padding
        return None
    return Block(label.decode("utf-8", "replace"), has_headers, base64.b64decode(digits))


def _stripped(line: bytes) -> bytes:
    return line.removesuffix(b"\r").rstrip(b" \t")


def certificates(text: str) -> Iterator[bytes]:
    """The DER of each block that Kubernetes regards as a certificate; blocks with headers are skipped."""
    return (block.der for block in blocks(text) if block.label == "CERTIFICATE" and not block.has_headers)


def certificate_error(text: str, *, strict_colons: bool = True, negative_serials: bool = False) -> str | None:
    """Why `text` isn't a valid CA bundle; None if it has at least one certificate and all can be parsed.

    Source: `k8s.io/client-go/util/cert.ParseCertsPEM`. The switches are those of `x509.parse_certificate`.
    """
    found = False
    for data in certificates(text):
        try:
            parse_certificate(data, strict_colons=strict_colons, negative_serials=negative_serials)
        except DERError as error:
            return str(error)
        found = True
    return None if found else "data does not contain any valid RSA or ECDSA certificates"
