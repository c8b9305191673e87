"""Reads expectations from YAML, with the line of each. What can't be understood is a result, and the rest is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kube_oidc.inputs.embedded import Text
from kube_oidc.inputs.json_files import problems_of
from kube_oidc.inputs.yaml_nodes import as_value, at, documents, items
from kube_oidc.policy.model import Example, Expectations, Invariant, Result, Status, Target

SCHEMA: Final = "expectations"
_SOURCES: Final = ("run", "person", "claims")
_KINDS: Final = ("only", "never", "always")


class ExpectationsError(Exception):
    """The file as a whole can't be used; the message says why."""


def load(text: str) -> Expectations:
    """The expectations of a file; ExpectationsError if it isn't one YAML mapping."""
    import yaml  # noqa: PLC0415 - 40 ms

    from kube_oidc.inputs.yaml_values import load as load_yaml  # noqa: PLC0415

    try:
        roots = documents(Text.whole(text))
        if len(roots) != 1 or roots[0].id != "mapping":
            raise ExpectationsError("expected one YAML mapping with `tests` and `invariants`")
        as_value(roots[0])  # bounds what aliases can make of it
        content = load_yaml(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}: " if mark else ""
        raise ExpectationsError(
            f"{place}not valid YAML: {getattr(error, 'problem', None) or error}"
        ) from None
    found = _Found(roots[0], content)
    return found.expectations()


class _Found:
    """The file's nodes, which have lines, next to their values."""

    def __init__(self, root: Any, content: Mapping[str, Any]) -> None:
        self._root, self._content = root, content
        self._faults: list[Result] = []

    def expectations(self) -> Expectations:
        top = {name: value for name, value in self._content.items() if name not in ("tests", "invariants")}
        if reasons := problems_of(top, SCHEMA):
            raise ExpectationsError("; ".join(reasons))
        examples = tuple(_example(*item) for item in self._items("tests", _why_not_example))
        invariants = tuple(_invariant(*item) for item in self._items("invariants", _why_not_invariant))
        if not (examples or invariants or self._faults):
            raise ExpectationsError("it has neither `tests` nor `invariants`")
        return Expectations(
            str(self._content.get("config", "")),
            tuple(self._content.get("rbac", ())),
            examples,
            invariants,
            tuple(self._faults),
        )

    def _items(self, key: str, why_not: Any) -> Iterator[tuple[int, str, Mapping[str, Any]]]:
        """Line, name and content of each item that can be understood."""
        values = self._content.get(key) or []
        if not isinstance(values, list):
            raise ExpectationsError(f"{key}: expected a list")
        for number, (node, value) in enumerate(zip(items(at(self._root, key)), values, strict=True)):
            line = node.start_mark.line + 1
            name = str(value.get("name", "")) if isinstance(value, dict) else ""
            reasons = [_within(reason, key) for reason in problems_of({key: [value]}, SCHEMA)] or why_not(
                value
            )
            if reasons:
                self._faults.append(
                    Result(line, name or f"{key}[{number}]", Status.ERROR, "; ".join(reasons))
                )
            else:
                yield line, name or f"{key}[{number}]", value


def _within(reason: str, key: str) -> str:
    """The reason without the item's own place, which its line gives."""
    return reason.removeprefix("$").removeprefix(f".{key}[0]").lstrip(".: ")


def _why_not_example(value: Mapping[str, Any]) -> list[str]:
    given = [name for name in _SOURCES if name in value]
    if len(given) != 1:
        return [f"expected one of {', '.join(_SOURCES)}: {' and '.join(given) or 'none'} given"]
    refused = value.get("refused", False) is not False
    expected = [name for name in ("user", "groups", "can", "cannot") if name in value]
    if refused and expected:
        return [f"a refused token has no {expected[0]}: remove refused or {expected[0]}"]
    return [] if refused or expected else ["expects nothing: add user, groups, refused, can or cannot"]


def _why_not_invariant(value: Mapping[str, Any]) -> list[str]:
    kinds = [kind for kind in _KINDS if kind in value]
    if len(kinds) != 1:
        return [f"expected one of {', '.join(_KINDS)}: {' and '.join(kinds) or 'none'} given"]
    (kind,) = kinds
    target = value[kind]
    subjects = [name for name in ("can", "user", "group") if name in target]
    if kind == "always" and {"user", "group"} & set(subjects):
        return ["always: use can, or only tokens"]
    if len(subjects) > 1 or (kind != "always" and not subjects):
        return [f"{kind}: expected one of can, user, group: {' and '.join(subjects) or 'none'} given"]
    if kind in ("only", "always") and "tokens" not in target:
        return [f"{kind}: tokens is missing: which tokens {'may' if kind == 'only' else 'are meant'}?"]
    return []


def _example(line: int, name: str, value: Mapping[str, Any]) -> Example:
    refused = value.get("refused", False)
    groups = value.get("groups")
    return Example(
        line,
        name,
        value.get("issuer", ""),
        value.get("run"),
        value.get("person"),
        value.get("claims"),
        value.get("user"),
        tuple(groups) if groups is not None else None,
        None if refused is False else "" if refused is True else refused,
        tuple(value.get("can", ())),
        tuple(value.get("cannot", ())),
    )


def _invariant(line: int, name: str, value: Mapping[str, Any]) -> Invariant:
    (kind,) = (kind for kind in _KINDS if kind in value)
    return Invariant(line, name, kind, Target(**value[kind]), value.get("allowUndecided", False))
