"""The forms of the names that a mapping makes, of a claim or by an expression."""

from __future__ import annotations

from kube_oidc.rules.entry import Entry
from kube_oidc.rules.forms import Form, hole, joined


def forms_of(entry: Entry, mapping: str) -> tuple[Form, ...]:
    """The forms of the names that `username` or `groups` makes; a hole without a place where it is not plain."""
    model = getattr(entry.model.claim_mappings, mapping)
    if model.claim:
        return (joined((model.prefix or "", hole((model.claim,)))),)
    read = entry.mappings.get(mapping)
    if read is None:
        return ()
    from kube_oidc.rules.spelled import parts_of  # noqa: PLC0415 - most files have no expression

    return tuple(form for parts in parts_of(read.facts.tree) if (form := joined(parts)).parts)
