"""The provider files: one JSON file per issuer type, described by schema.json, read by Nix and Python alike."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final, TypeAlias

from kube_oidc.data import folder

Facts: TypeAlias = dict[str, Any]
SCHEMA: Final = "schema.json"


class ProviderError(Exception):
    """A provider file is broken; the message names the file, the place and what is missing."""


@cache
def providers() -> dict[str, Facts]:
    """The content of every provider file by provider id, sorted by id. ProviderError if one is broken."""
    return read_folder(folder("providers"))


def read_folder(files: Any) -> dict[str, Facts]:
    """The provider files in a folder (a Path or importlib.resources' Traversable). ProviderError if one is broken."""
    required = json.loads((files / SCHEMA).read_text("utf-8"))["required"]
    names = sorted(entry.name for entry in files.iterdir() if entry.name.endswith(".json"))
    return {name.removesuffix(".json"): _read(files / name, required) for name in names if name != SCHEMA}


def _read(file: Any, required: list[str]) -> Facts:
    name = f"providers/{file.name}"
    try:
        facts = json.loads(file.read_text("utf-8"))
    except json.JSONDecodeError as error:
        raise ProviderError(f"{name}:{error.lineno}:{error.colno}: invalid JSON: {error.msg}") from None
    except UnicodeDecodeError:
        raise ProviderError(f"{name}: not UTF-8") from None
    if not isinstance(facts, dict):
        raise ProviderError(f"{name}: must be an object, see providers/{SCHEMA}")
    missing = [key for key in required if key not in facts]
    if missing:
        raise ProviderError(f"{name}: missing {', '.join(missing)}, see providers/{SCHEMA}")
    return facts
