"""ca-expires-soon: notAfter, read from the certificate's bytes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from kube_oidc.rules.ca_expires_soon.certificate import not_after
from kube_oidc.verdict.golang.pem import blocks

from .examples import example


@pytest.mark.parametrize("year", [2049, 2050])  # RFC 5280: UTCTime until 2049, GeneralizedTime from 2050 on
def test_not_after_is_read(year: int) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, end = ec.generate_private_key(ec.SECP256R1()), datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)
    name = x509.Name([])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(7).not_valid_before(datetime(2026, 1, 1, tzinfo=UTC)).not_valid_after(end)
    der = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    assert not_after(der) == end.timestamp()


def test_truncated_bytes_have_no_not_after() -> None:
    text = example("private-key-in-ca", "bad").read_text().replace("      ", "")
    der = next(iter(blocks(text))).der
    assert not_after(der) is not None
    for size in range(0, 120, 7):
        assert not_after(der[:size]) is None
