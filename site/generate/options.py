"""docs/options.md in groups, with short headings: the navigation of a page shows them."""

from __future__ import annotations

import re
from typing import Final

from generate.page import ROOT, Page

_HEADING: Final = re.compile(r"^### `services\.kube-oidc\.(.+)`$", re.MULTILINE)
_HEAD: Final = """\
---
hide: [navigation]
---
# Options

The options of the NixOS module, below `services.kube-oidc`. Names are those of the Kubernetes API, so that
documentation of AuthenticationConfiguration applies as it is.
"""


def page() -> Page:
    """The page, with the options of the cluster, of an issuer and of a grant."""
    _, *rest = _HEADING.split((ROOT / "docs/options.md").read_text("utf-8"))
    options = list(zip(rest[::2], rest[1::2], strict=True))
    parts = [_HEAD]
    for title, prefix in (("Cluster", ""), ("Issuers", "issuers.<name>."), ("Grants", "grants.<name>.")):
        parts.append(f"\n## {title}\n" + (f"\nBelow `{prefix[:-1]}`:\n" if prefix else ""))
        parts += [
            f"\n### `{name.removeprefix(prefix)}`{text}" for name, text in options if _group(name) == prefix
        ]
    return Page("options.md", "".join(parts), source="docs/options.md")


def _group(option: str) -> str:
    return next((prefix for prefix in ("issuers.<name>.", "grants.<name>.") if option.startswith(prefix)), "")
