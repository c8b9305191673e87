"""Links between the repository's pages, rewritten to the site's.

A link to a file that the site doesn't have leads to the repository; until its address is known, only the text is left.
"""

from __future__ import annotations

import posixpath
import re
import tomllib
from functools import cache
from pathlib import PurePosixPath
from typing import Final

from generate.page import ROOT

_LINK: Final = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")
_IMAGE: Final = re.compile(r"""(!\[[^\]]*\]\(|\b(?:src|srcset|href)=["'])([^()\s"':#]+)""")
_NESTED: Final = re.compile(r"^ {2,3}(?=(?:[-*]|\d+\.) )", re.MULTILINE)
_CODE: Final = re.compile(r"^(?:```|~~~).*?^(?:```|~~~)$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
MOVED: Final = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "RELEASING.md": "releasing.md",
    "SECURITY.md": "security.md",
}
_FOLDERS: Final = {"docs/how-to", "docs/decisions", "examples"}


def rewrite(markdown: str, source: PurePosixPath, uri: str) -> str:
    """The page's text with every relative link as it is on the site; code is left as it is.

    Lists in lists are indented by four spaces, which Python-Markdown needs and forges don't.
    """

    def outside_code(text: str) -> str:
        text = _NESTED.sub("    ", text)
        text = _LINK.sub(lambda link: _link(link, source, uri), text)
        return _IMAGE.sub(lambda image: image[1] + (_relative(image[2], source, uri) or image[2]), text)

    # Link texts contain code, so code is put aside instead of being the border of what is searched.
    kept = [code[0] for code in _CODE.finditer(markdown)]
    numbers = iter(range(len(kept)))
    aside = outside_code(_CODE.sub(lambda _: f"\0{next(numbers)}\0", markdown))
    return re.sub("\0(\\d+)\0", lambda number: kept[int(number[1])], aside)


def place(path: str) -> str | None:
    """Where a file of the repository is on the site; None if it isn't."""
    path = path.rstrip("/")
    if path in _FOLDERS:
        return f"{path.removeprefix('docs/')}/index.md"
    if path in MOVED:
        return MOVED[path]
    folder, _, rest = path.partition("/")
    if folder == "examples":
        return f"examples/{rest.split('/')[0]}.md"
    return rest if folder == "docs" and rest else None


@cache
def repository() -> str | None:
    """The repository's URL from pyproject.toml; None until it has one."""
    project = tomllib.loads((ROOT / "pkgs/kube-oidc/pyproject.toml").read_text("utf-8"))["project"]
    home: str | None = project.get("urls", {}).get("Homepage")
    return home


def _link(link: re.Match[str], source: PurePosixPath, uri: str) -> str:
    text, target = link[1], link[2]
    if re.match(r"[a-z][a-z0-9+.-]*:|#", target):
        return link[0]
    path, _, anchor = target.partition("#")
    there = posixpath.normpath(posixpath.join(source.parent, path))
    if there == "docs/findings.md":
        name = anchor or "index"
        return f"[{text}]({_from(uri, f'findings/{name}.md')})"
    if (new := _relative(path, source, uri)) is not None:
        return f"[{text}]({new}{f'#{anchor}' if anchor else ''})"
    home = repository()
    return f"[{text}]({home}/blob/main/{there})" if home else text


def _relative(path: str, source: PurePosixPath, uri: str) -> str | None:
    """The path from the page at `uri` to what `path` names when it is read in `source`."""
    there = place(posixpath.normpath(posixpath.join(source.parent, path)))
    return None if there is None else _from(uri, there)


def _from(uri: str, there: str) -> str:
    return posixpath.relpath(there, posixpath.dirname(uri) or ".")
