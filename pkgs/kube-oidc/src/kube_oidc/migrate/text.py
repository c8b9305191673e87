"""OIDC flags in any text: scripts, environment files, Nix, Terraform, pages."""

from __future__ import annotations

import re
from typing import Final

from kube_oidc.migrate.command_line import flag
from kube_oidc.migrate.flags import FLAG_NAMES, MigrateError

_FLAG: Final = re.compile(
    r"""(?P<open>["']?)(?:--)?(?:k3s-arg[ =]["']?)?(?:--)?(?:kube-apiserver-arg[ =]["']?)?(?:--)?(?:apiserver\.)?
    (?P<name>oidc[-_][a-z_-]*[a-z])["']?(?P<separator>[ \t]*(?:=|:(?=\s))[ \t]*|[ \t]+)
    (?P<value>"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s"';,)\]}`]+)?""",
    re.X,
)
_FIELD: Final = re.compile(
    r"""^[ \t]*["']?(?P<name>issuer_url|client_id|username_claim|username_prefix|groups_claim|groups_prefix)["']?
    [ \t]*[=:][ \t]*(?P<value>"[^"\n]*"|[\w.\[\]]+)""",
    re.X | re.M,
)
_COMMENT: Final = re.compile(r"^[ \t]*(?:#|//).*$", re.M)
_VARIABLE: Final = re.compile(r"(?<![$'])\$\{|\$\(|\$[A-Za-z_]|\{\{")


def words_in_text(text: str) -> list[str]:
    """Each flag with its value as `--NAME=VALUE`; comment lines don't count. MigrateError if a value is a variable."""
    plain = _COMMENT.sub("", text).replace("\\\n", " ")
    found = [_word(match, plain) for match in _FLAG.finditer(plain)]
    words = [word for word in found if word]
    return list(dict.fromkeys(words)) or _fields(plain)


def _word(match: re.Match[str], text: str) -> str:
    name = match["name"].replace("_", "-")
    value = match["value"]
    if name not in FLAG_NAMES or value is None:
        return ""
    separator = match["separator"].strip()
    if not separator and value.startswith("-"):
        return ""
    if separator == "=" and match["open"] and not value.startswith(("'", '"')):
        end = text.find(match["open"], match.start("value"))
        inside = text[match.start("value") : end] if end >= 0 else value
        value = inside if "\n" not in inside and " --" not in inside else value
    if value[:1] in ("'", '"'):
        value = value[1:-1]
    if _VARIABLE.search(value) or value.startswith("var."):
        raise MigrateError(f"--{name}={value} contains a variable; replace it with the value")
    return flag(f"{name}={value}")


def _fields(text: str) -> list[str]:
    """The settings of a Terraform block, if it has an issuer and a client ID."""
    found: dict[str, str] = {}
    for match in _FIELD.finditer(text):
        found.setdefault(match["name"].replace("_", "-"), match["value"])
    if not {"issuer-url", "client-id"} <= found.keys() or "client_secret" in text:
        return []
    for name, value in found.items():
        if not value.startswith('"') or "${" in value:
            raise MigrateError(f"{name} = {value} contains a variable; replace it with the value")
    return [f"--oidc-{name}={value.strip(chr(34))}" for name, value in found.items()]
