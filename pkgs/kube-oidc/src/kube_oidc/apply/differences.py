"""How an object in the cluster differs from the one that is wanted, and what both of them grant. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from kube_oidc.apply.grants import LABEL
from kube_oidc.apply.ownership import labels_of, owns
from kube_oidc.cluster.objects import Object

_GROUP: Final = "rbac.authorization.k8s.io"
_SETS: Final = ("verbs", "apiGroups", "resources", "nonResourceURLs")
_SHOWN: Final = 3


def differences(live: Object, wanted: Object) -> tuple[str, ...]:
    """What has to change in the object, in words; empty if it is as wanted."""
    found = list(_of_subjects(live, wanted))
    if _rules(live) != _rules(wanted):
        found.append(f"{_count(_rules(live))} → {_count(_rules(wanted))}")
    labels = labels_of(live)
    for name, value in labels_of(wanted).items():
        if labels.get(name) != value:
            found.append(f"label {name} was {labels.get(name, 'missing')}")
    return tuple(found)


def drifted(live: Object, wanted: Object) -> bool:
    """Was something that we applied changed by someone else since? Its field is no longer ours then."""
    if set(_subjects(live)) != set(_subjects(wanted)) and not owns(live, "subjects"):
        return True
    if _rules(live) != _rules(wanted) and not owns(live, "rules"):
        return True
    return labels_of(live).get(LABEL) != labels_of(wanted).get(LABEL)


def must_be_replaced(live: Object, wanted: Object) -> str:
    """Why it has to be deleted and created; empty if it can be changed."""
    if live.get("roleRef") != wanted.get("roleRef"):
        return f"roleRef was {_ref(live)}, which cannot be changed"
    if live.get("aggregationRule"):
        return "it had an aggregationRule, which fills in rules of other roles"
    return ""


def reduced(live: Object, wanted: Object) -> Object | None:
    """The wanted object with only what the one in the cluster grants too; None if that grants nothing else."""
    if "roleRef" in live:
        now, want = _subjects(live), set(_subjects(wanted))
        kept = [item for item in live.get("subjects") or () if _subject(item) in want]
        return None if want.issuperset(now) else {**wanted, "subjects": kept}
    rules, wishes = live.get("rules") or [], wanted.get("rules") or []
    if all(_covered(rule, wishes) for rule in rules):
        return None
    kept = [rule for rule in rules if _covered(rule, wishes)]
    kept += [rule for rule in wishes if rule not in kept and _covered(rule, rules)]
    return {**wanted, "rules": kept}


def emptied(live: Object) -> Object:
    """A merge patch after which the object grants nothing."""
    return {"subjects": []} if "roleRef" in live else {"rules": [], "aggregationRule": None}


def _of_subjects(live: Object, wanted: Object) -> Iterator[str]:
    now, want = _subjects(live), _subjects(wanted)
    added = [name for name in want if name not in now]
    removed = [name for name in now if name not in want]
    if added:
        yield f"added {_listed(added)}"
    if removed:
        yield f"removed {_listed(removed)}"


def _listed(subjects: list[tuple[str, str, str]]) -> str:
    named = [
        f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}" for kind, namespace, name in subjects
    ]
    more = len(named) - _SHOWN
    return ", ".join(named[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _subjects(item: Object) -> list[tuple[str, str, str]]:
    return [_subject(one) for one in item.get("subjects") or ()]


def _subject(one: Any) -> tuple[str, str, str]:
    return str(one.get("kind")), str(one.get("namespace") or ""), str(one.get("name"))


def _rules(item: Object) -> list[dict[str, Any]]:
    return [{name: value for name, value in rule.items() if value} for rule in item.get("rules") or ()]


def _count(rules: list[dict[str, Any]]) -> str:
    return "1 rule" if len(rules) == 1 else f"{len(rules)} rules"


def _ref(live: Object) -> str:
    ref = live.get("roleRef") or {}
    return f"{ref.get('kind')} {ref.get('name')}"


def _covered(rule: Object, by: list[Object]) -> bool:
    """Does one of these rules allow everything that this one does?"""
    return any(_covers(other, rule) for other in by)


def _covers(wide: Object, narrow: Object) -> bool:
    for name in _SETS:
        allowed = set(wide.get(name) or ())
        if "*" not in allowed and not allowed.issuperset(narrow.get(name) or ()):
            return False
    names = set(wide.get("resourceNames") or ())
    return not names or names.issuperset(narrow.get("resourceNames") or ["*"])
