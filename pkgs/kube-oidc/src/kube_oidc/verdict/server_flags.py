"""The flags of kube-apiserver that change its verdict on the file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Flags:
    """kube-apiserver's flags by their own names; None means that the flag is absent."""

    service_account_issuers: tuple[str, ...] = ()
    anonymous_auth: str | None = None
    feature_gates: str | None = None
    egress_selector_config_file: str | None = None

    def arguments(self) -> list[str]:
        """The flags as arguments of the binary."""
        issuers = self.service_account_issuers or ("https://kubernetes.default.svc",)
        arguments = [f"--service-account-issuer={issuer}" for issuer in issuers]
        for name, value in (
            ("anonymous-auth", self.anonymous_auth),
            ("feature-gates", self.feature_gates),
            ("egress-selector-config-file", self.egress_selector_config_file),
        ):
            if value is not None:
                arguments.append(f"--{name}={value}")
        return arguments
