"""One page for each finding, from its rule's folder, and their list."""

from __future__ import annotations

import re
from typing import Final

from kube_oidc.rules.engine.registry import config_rules
from kube_oidc.rules.engine.run_grant_rules import grant_rules
from kube_oidc.rules.pages import HEAD, page_of

from generate.page import Page, entries

_SUPPRESS: Final = """
## Suppress it

If the risk is acceptable, say why, on the line or above it:

```yaml
# kube-oidc: ignore {id} REASON
```

or in the NixOS module:

```nix
services.kube-oidc.acknowledgedFindings."{id}" = "REASON";
```
"""


def pages() -> list[Page]:
    """The list first, then the findings in its order."""
    groups = {
        "Configuration": [each.RULE.id for each in config_rules()],
        "RBAC (`--rbac`, `--live`, the NixOS module)": [each.RULE.id for each in grant_rules()],
    }
    index = [HEAD, *(_table(title, ids) for title, ids in groups.items())]
    return [
        Page("findings/index.md", "".join(index)),
        *(_page(id_) for ids in groups.values() for id_ in ids),
    ]


def navigation() -> list[str | dict[str, str]]:
    """The section's entries."""
    return entries(pages())


def _table(title: str, ids: list[str]) -> str:
    rows = [f"## {title}\n\n| finding | severity | confidence |\n|---|---|---|\n"]
    for page in filter(None, map(page_of, ids)):
        rows.append(
            f"| [{page.title}]({page.id}.md)<br>`{page.id}` | {_severity(page.severity)} | {page.confidence} |\n"
        )
    return "".join([*rows, "\n"])


def _page(id_: str) -> Page:
    page = page_of(id_)
    assert page is not None
    facts = f"{_severity(page.severity)} `{id_}` · confidence {page.confidence}"
    sources = "\n## Source\n\n" + re.sub(r"https?://[^\s,;)]+", r"<\g<0>>", page.source) + "\n"
    text = f"# {page.title}\n\n{facts}\n\n{page.body}\n{_SUPPRESS.format(id=id_)}{sources}"
    return Page(f"findings/{id_}.md", text, label=id_)


def _severity(severity: str) -> str:
    return f'<span class="severity {severity}">{severity}</span>'
