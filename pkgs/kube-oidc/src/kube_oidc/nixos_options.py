"""Field of the file → the NixOS option that made it, by the map that the module writes beside the file."""

from __future__ import annotations

from collections.abc import Mapping

from kube_oidc.field import FieldPath


def option_for(path: FieldPath, options: Mapping[str, str]) -> str | None:
    """The option behind `path`: the longest known prefix, and the rest of the path below it; None if unknown."""
    around = path
    while True:
        option = options.get(str(around))
        if option is not None:
            rest = str(FieldPath(path.steps[len(around.steps) :]))
            return option + ("" if not rest or rest.startswith("[") else ".") + rest
        if not around.steps:
            return None
        around = around.parent()
