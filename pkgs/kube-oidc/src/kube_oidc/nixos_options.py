"""The NixOS option behind each diagnostic, from the map that the module writes next to the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from kube_oidc.diagnostics import Diagnostic

_STEP = re.compile(r"[.\[]")


def with_options(diagnostics: Iterable[Diagnostic], options: Mapping[str, str]) -> tuple[Diagnostic, ...]:
    """Returns the diagnostics with the option that set their field, and the fix as NixOS options.

    `options` maps field paths (`jwt[0].issuer.url`) and grants (`RoleBinding site/deploy`) to options.
    """
    if not options:
        return tuple(diagnostics)
    return tuple(_with_option(diagnostic, options) for diagnostic in diagnostics)


def _with_option(diagnostic: Diagnostic, options: Mapping[str, str]) -> Diagnostic:
    if not diagnostic.field:
        return diagnostic
    issuer = options.get(diagnostic.field.split(".")[0])  # `jwt[0]`
    remedy = diagnostic.remedy
    if issuer is not None and diagnostic.nixos_remedy is not None:
        remedy = diagnostic.nixos_remedy(issuer)
    return replace(diagnostic, option=option_for(diagnostic.field, options), remedy=remedy)


def option_for(path: str, options: Mapping[str, str]) -> str | None:
    """Returns the option of the longest known prefix of `path` and the rest of the path; None if none is known."""
    ends = [len(path)]
    if " " not in path:  # `RoleBinding site/a.b` isn't below `RoleBinding site/a`
        ends += [step.start() for step in reversed(list(_STEP.finditer(path)))] + [0]
    for end in ends:
        option = options.get(path[:end])
        if option is not None:
            rest = path[end:].removeprefix(".")
            return option + ("" if not rest or rest.startswith("[") else ".") + rest
    return None
