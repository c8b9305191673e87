"""`apply` for programs: `version` changes when a key changes its meaning or goes (docs/json.md)."""

from __future__ import annotations

from typing import Any, Final

from kube_oidc.apply import Applied, Outcome

VERSION: Final = 1


def as_json(applied: Applied) -> dict[str, Any]:
    """`ok` is what the exit status says."""
    loading = applied.loading
    return {
        "version": VERSION,
        "ok": applied.ok,
        "dryRun": applied.dry,
        "file": {
            "path": applied.path,
            "hash": applied.hash,
            "loaded": loading.loaded,
            "reason": loading.reason,
            "remedy": loading.remedy,
        },
        "server": applied.server or None,
        "notes": list(applied.notes),
        "objects": [_object(each) for each in applied.outcomes],
    }


def _object(each: Outcome) -> dict[str, Any]:
    return {
        "kind": each.key.kind,
        "namespace": each.key.namespace,
        "name": each.key.name,
        "action": each.action.value,
        "details": list(each.details),
        "reason": each.reason,
        "remedy": each.remedy,
    }
