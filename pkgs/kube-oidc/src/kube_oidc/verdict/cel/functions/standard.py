"""String functions of the standard library that cel-go binds per overload."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from kube_oidc.verdict.cel.comparison import no_overload


def _on_strings(test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    def call(text: object, part: object) -> bool:
        if type(text) is not str or type(part) is not str:
            no_overload()
        return test(text, part)

    return call


FUNCTIONS: Final = {
    "contains_string": _on_strings(lambda text, part: part in text),
    "starts_with_string": _on_strings(str.startswith),
    "ends_with_string": _on_strings(str.endswith),
}
