"""Names of kinds that may be shown although they come from a file that isn't ours."""

from __future__ import annotations

import re
from typing import Final

_KIND: Final = re.compile(r"[A-Z](?:[A-Za-z0-9]{0,40}[a-z][A-Za-z0-9]{0,40})?")


def looks_like_kind(text: str) -> bool:
    """Whether this is written like a kind of Kubernetes, and so isn't a secret in the wrong place."""
    return _KIND.fullmatch(text) is not None
