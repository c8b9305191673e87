"""What is valid and still lets the wrong one in: the registry of findings, each in a file of its own
name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, cast

from kube_oidc.rules import (
    ambiguous_username,
    anonymous_beyond_health,
    author_controlled_claim,
    authorized_party_unpinned,
    ca_expires_soon,
    custom_subject,
    default_audience,
    distributed_groups,
    email_unverified,
    empty_prefix,
    environment_without_ref,
    every_token_refused,
    group_collision,
    issuer_url_well_known,
    long_lived_token,
    multi_tenant_issuer,
    mutable_claim_pinned,
    optional_claim_unguarded,
    private_key_in_ca,
    pull_request_target_unpinned,
    shared_audience,
    shared_issuer_unpinned,
    string_compared_as_boolean,
    subject_form,
    system_groups,
    system_username,
    unanchored_match,
    unknown_claim,
    username_collision,
    workspace_unpinned,
)
from kube_oidc.rules.finding import About, Confidence, Finding, Module, Remedy
from kube_oidc.rules.subject import Subject

__all__ = ["IDS", "MODULES", "About", "Confidence", "Finding", "Module", "Remedy", "Subject", "examine"]

MODULES: Final = cast(
    "tuple[Module, ...]",
    (
        shared_issuer_unpinned,
        workspace_unpinned,
        system_groups,
        system_username,
        email_unverified,
        username_collision,
        group_collision,
        ambiguous_username,
        empty_prefix,
        pull_request_target_unpinned,
        environment_without_ref,
        anonymous_beyond_health,
        unanchored_match,
        author_controlled_claim,
        custom_subject,
        mutable_claim_pinned,
        subject_form,
        string_compared_as_boolean,
        every_token_refused,
        optional_claim_unguarded,
        unknown_claim,
        issuer_url_well_known,
        multi_tenant_issuer,
        default_audience,
        shared_audience,
        authorized_party_unpinned,
        distributed_groups,
        long_lived_token,
        private_key_in_ca,
        ca_expires_soon,
    ),
)

IDS: Final = frozenset(module.ABOUT.id for module in MODULES)


def examine(subject: Subject) -> Iterator[tuple[About, Finding]]:
    """Everything found in the configuration, in the registry's order."""
    for module in MODULES:
        for finding in module.check(subject):
            yield module.ABOUT, finding
