"""Reads the project's own JSON files and checks them against the schemas in schemas/."""

from __future__ import annotations

import json
from typing import Any

from kube_oidc.data import folder


class InvalidJSONFileError(ValueError):
    """The text isn't JSON or doesn't fit its schema; the message names every problem with its place."""


def load(text: bytes, schema: str) -> Any:
    """The parsed file; `schema` is the name of a file in schemas/, without `.json`.

    If jsonschema isn't installed (in the single file), only the type of the top level is checked.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidJSONFileError("not JSON") from error
    rules = json.loads((folder("inputs/schemas") / f"{schema}.json").read_text("utf-8"))
    if problems := _problems(document, rules):
        raise InvalidJSONFileError("; ".join(problems))
    return document


def _problems(document: Any, rules: dict[str, Any]) -> list[str]:
    if rules["type"] == "object" and not isinstance(document, dict):
        return ["expected an object"]
    try:
        import jsonschema  # noqa: PLC0415 - takes 150 ms
    except ModuleNotFoundError:
        return []
    found = jsonschema.Draft202012Validator(rules).iter_errors(document)
    return [f"{error.json_path}: {error.message}" for error in found]
