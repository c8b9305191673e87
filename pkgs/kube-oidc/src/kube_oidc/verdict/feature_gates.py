"""The value of kube-apiserver's `--feature-gates`, parsed like the API server parses it.

Sources: `cli/flag/colon_separated_multimap_string_string.go` and `featuregate` of `k8s.io/component-base`.
modules/flags.nix has the same rule; tests/feature_gates.json of the package holds both to the real binary's answers.
"""

from __future__ import annotations

from typing import Final

from kube_oidc.verdict.golang.booleans import parse_bool

_COMPONENTS: Final = ("", "kube")  # a gate may be named with its component, as in kube:Name=true
_SPACE: Final = "\t\n\v\f\r \x85\xa0"  # of Go's strings.TrimSpace, as far as a flag may have it


def parse(text: str) -> dict[str, bool]:
    """The gates by name, the last of several of one name; ValueError says what the API server rejects."""
    gates: dict[str, bool] = {}
    prefixes = set()
    for part in filter(None, text.split(",")):
        prefix, colon, rest = part.partition(":")
        prefix, pair = (prefix.strip(_SPACE), rest) if colon else ("", part)
        if prefix not in _COMPONENTS:
            raise ValueError(f"{part!r}: there is no component {prefix!r} in kube-apiserver; leave it out")
        prefixes.add(prefix)
        name, equals, value = pair.strip(_SPACE).partition("=")
        on = parse_bool(value.strip(_SPACE))
        if not equals or on is None or ":" in name:
            raise ValueError(f"{part!r}: expected NAME=true or NAME=false")
        gates[name.strip(_SPACE)] = on
    if len(prefixes) > 1:
        raise ValueError(f"{text!r}: write kube: before every gate, or before none")
    return gates
