"""`apply` for people: what changed, then a summary; the reason and the remedy of a failure come last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.apply import Action, Applied, Outcome
from kube_oidc.report import printable

_QUIET: Final = (Action.UNCHANGED, Action.POSTPONED)
_LAST: Final = (
    2  # reasons and remedies in the summary: systemctl status shows ten lines, four of them systemd's own
)


def as_text(applied: Applied) -> str:
    """Lines; at most six after the last object and note."""
    lines = [_outcome(each, applied.dry) for each in applied.outcomes if each.action not in _QUIET]
    lines += [f"note      {note}" for note in applied.notes]
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
    reasons = [f"{each.key}: {each.reason}" for each in failed]
    remedies = [each.remedy for each in failed]
    if not loading.loaded and not applied.dry:
        reasons.insert(0, loading.reason)
        remedies.insert(0, loading.remedy)
    if len(reasons) > _LAST:
        reasons = [*reasons[:_LAST], f"and {len(reasons) - _LAST} more, named above"]
    yield from (f"reason: {reason}" for reason in reasons)
    yield from (f"fix: {remedy}" for remedy in list(dict.fromkeys(filter(None, remedies)))[:_LAST])
