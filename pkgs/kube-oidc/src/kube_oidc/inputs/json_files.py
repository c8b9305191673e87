"""Reads the project's own JSON files and checks them against the schemas in schemas/."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from kube_oidc.data import folder

_NAME: Final = re.compile(r"\$(?:\.?[A-Za-z][a-z-]*|\[\d{1,4}\]|\[('?)[A-Za-z][a-z-]*\1\]){0,4}")

_WORDS: Final = re.compile(r"[A-Za-z][A-Za-z -]{0,40}")  # without digits: no key or password


class InvalidJSONFileError(ValueError):
    """The text isn't JSON or doesn't fit its schema; the message names every problem with its place."""


def load(text: bytes, schema: str) -> Any:
    """The parsed file without its `$schema`, which is for editors.

    `schema` is the name of a file in schemas/, without `.json`.
    If jsonschema isn't installed (in the single file), only the type of the top level is checked.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidJSONFileError("not JSON") from error
    if problems := problems_of(document, schema):
        raise InvalidJSONFileError("; ".join(problems))
    if isinstance(document, dict):
        document.pop("$schema", None)
    return document


def problems_of(document: Any, schema: str) -> list[str]:
    """What is wrong with a parsed file, each with its place; the same as in `load`."""
    rules = json.loads((folder("inputs/schemas") / f"{schema}.json").read_text("utf-8"))
    return _problems(document, rules)


def _problems(document: Any, rules: dict[str, Any]) -> list[str]:
    if rules["type"] == "object" and not isinstance(document, dict):
        return ["expected an object"]
    try:
        import jsonschema  # noqa: PLC0415 - takes 150 ms
    except ModuleNotFoundError:
        return []
    found = jsonschema.Draft202012Validator(rules).iter_errors(document)
    return [f"{_place(error.json_path)}: {_expected(error)}" for error in found]


def _place(path: str) -> str:
    """The path, if it can't be a secret in the wrong place."""
    return path if _NAME.fullmatch(path) else "$"


def _expected(error: Any) -> str:
    """What the schema expects. The library's message quotes the file, which may be the wrong one."""
    what = error.validator_value
    match error.validator:
        case "type":
            return f"expected {what if isinstance(what, str) else ' or '.join(what)}"
        case "minLength" | "minItems" | "minProperties":
            return "must not be empty"
        case "additionalProperties":
            return _unexpected(error.instance, error.schema)
        case "propertyNames" | "pattern":
            name = str(error.instance)
            return f"unexpected name {name!r}" if _WORDS.fullmatch(name) else "unexpected name or value"
    return (
        f"expected {error.validator} {json.dumps(what)}" if isinstance(what, str | int | list) else "invalid"
    )


def _unexpected(document: Any, schema: Any) -> str:
    """The names that the schema doesn't have, if they can't be secrets in the wrong place."""
    names = [name for name in document if name not in schema.get("properties", {})]
    shown = [repr(name) for name in names if _WORDS.fullmatch(name)]
    return f"unexpected name {', '.join(shown)}" if shown else "unexpected name or value"
