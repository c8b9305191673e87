"""`apply` for people: what changed, then a summary; the reason and the remedy of a failure come last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.apply import Action, Applied, Outcome
from kube_oidc.report import printable

_QUIET: Final = (Action.UNCHANGED, Action.POSTPONED)
_LAST: Final = 3  # failures in the summary, which has to fit into what systemctl status shows


def as_text(applied: Applied) -> str:
    """Lines; at most seven after the last object."""
    lines = [_outcome(each, applied.dry) for each in applied.outcomes if each.action not in _QUIET]
    lines += _summary(applied)
    return "".join(printable.line(line) + "\n" for line in lines)


def _outcome(each: Outcome, dry: bool) -> str:
    said = "; ".join(filter(None, (", ".join(each.details), each.reason)))
    action = (
        f"would be {each.action}"
        if dry and not each.failed and each.action is not Action.LEFT
        else each.action
    )
    return f"{action:<9} {each.key}" + (f": {said}" if said else "")


def _summary(applied: Applied) -> Iterator[str]:
    counts = ", ".join(f"{applied.count(action)} {action}" for action in Action if applied.count(action))
    loading = applied.loading
    state = "is loaded" if loading.loaded else "is NOT loaded"
    done = "dry run, nothing was written" if applied.dry else "the cluster has these grants and no others"
    if applied.ok:
        yield f"{applied.path} {state}; {done}: {counts or 'no grants'}"
        return
    yield f"FAILED: {applied.path} {state}; {counts or 'no grant was looked at'}"
    failed = [each for each in applied.outcomes if each.action is Action.FAILED]
    for each in failed[:_LAST]:
        yield f"reason: {each.key}: {each.reason}"
    if len(failed) > _LAST:
        yield f"reason: and {len(failed) - _LAST} more, named above"
    remedies = dict.fromkeys(each.remedy for each in failed if each.remedy)
    if not loading.loaded and not applied.dry:
        yield f"reason: {loading.reason}"
        remedies = dict.fromkeys(filter(None, [*remedies, loading.remedy]))
    for remedy in list(remedies)[-2:]:
        yield f"fix: {remedy}"
