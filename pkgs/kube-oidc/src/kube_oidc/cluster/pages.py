"""Lists of objects, read page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import quote

from kube_oidc.cluster.exchange import AskingError

_OBJECTS_PER_PAGE: Final = 500
_MAX_PAGES: Final = 4_000


def pages(get: Callable[[str], Any], path: str) -> Iterator[dict[str, Any]]:
    """Each page of the list at this path; `get` asks for one. AskingError if a response isn't a list.

    Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
    """
    token = ""
    for _ in range(_MAX_PAGES):
        page = get(
            f"{path}?limit={_OBJECTS_PER_PAGE}" + (f"&continue={quote(token, safe='')}" if token else "")
        )
        metadata = page.get("metadata")
        if not isinstance(page.get("items"), list) or not isinstance(metadata, dict):
            raise AskingError("the response is not a list: is this an API server?", 200)
        yield page
        token = str(metadata.get("continue") or "")
        if not token:
            return
