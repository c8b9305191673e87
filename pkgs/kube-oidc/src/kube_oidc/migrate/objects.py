"""OIDC settings in YAML and JSON: flags as keys, as items of lists and in strings, and each tool's own fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from kube_oidc.inputs.embedded import Text
from kube_oidc.inputs.yaml_nodes import documents, entries, items, text_at, walk
from kube_oidc.migrate.command_line import distribution_words, flag, shell_words
from kube_oidc.migrate.flags import FLAG_NAMES, MigrateError
from kube_oidc.migrate.text import words_in_text

# What kOps, Gardener, KubeOne, Kubespray, EKS and others call the flags, in lower case and without `-`, `_` and `oidc`.
_FIELDS: Final = {
    "issuerurl": "issuer-url", "issueruri": "issuer-url", "url": "issuer-url", "issuer": "issuer-url",
    "clientid": "client-id", "cafile": "ca-file", "usernameclaim": "username-claim",
    "usernameprefix": "username-prefix", "groupsclaim": "groups-claim", "groupclaim": "groups-claim",
    "groupsprefix": "groups-prefix", "requiredclaim": "required-claim", "requiredclaims": "required-claim",
    "signingalgs": "signing-algs", "signingalgorithms": "signing-algs", "supportedsigningalgs": "signing-algs",
}  # fmt: skip
_PREFIX: Final = re.compile(r"^(?:kube|apiserver|openidconnect|open-id-connect)?(?:oidc)?")
_SECRETS: Final = ("clientsecret", "refreshtoken", "idtoken")  # settings of a client, not of an API server
_ENABLED: Final = ("kube_oidc_auth", "enable", "enabled")
_VARIABLE: Final = re.compile(r"\$\(|\$\{|\{\{")
_IS_FLAG: Final = re.compile(r"(?:--)?(?:kube-apiserver-arg[ =])?(?:apiserver\.)?oidc[-_][a-z_-]+")


@dataclass(slots=True)
class Settings:
    """What a document says: flags as words, and where its volumes put files of the host."""

    words: list[str] = field(default_factory=list)
    authorities: dict[str, str] = field(default_factory=dict)
    other_words: tuple[str, ...] = ()


def words_in_document(root: Any, depth: int = 0) -> Settings:
    """The flags anywhere in the document, each form in the order of the file."""
    found = Settings()
    for _, node in walk(root):
        if node.id == "mapping":
            _mapping(node, found)
        elif node.id == "sequence":
            _sequence(node, found)
        elif "\n" in node.value and "oidc" in node.value and depth < 3:
            _text(node.value, found, depth)
    found.words = list(dict.fromkeys(found.words))
    return found


def _mapping(node: Any, found: Settings) -> None:
    pairs = [(str(key.value), value) for key, value in entries(node) if key.id == "scalar"]
    named = text_at(node, "name").replace("_", "-").lstrip("-")
    if named in FLAG_NAMES and text_at(node, "value"):
        found.words.append(f"--{named}={_checked(text_at(node, 'value'))}")
    mount, host = text_at(node, "mountPath"), text_at(node, "hostPath")
    if mount and host:
        found.authorities[mount] = host
    for key, value in pairs:
        name = key.replace("_", "-").lstrip("-")
        if name in FLAG_NAMES:
            found.words += _values(name, value)
        elif key in ("arg", "kube-apiserver-arg", "kube-apiserver-arg+") and value.id == "scalar":
            found.words += _argument(value.value, bare=key != "arg")
        elif value.id == "scalar" and "\n" not in value.value and "oidc-" in value.value:
            found.words += words_in_text(value.value)
    own = {_own_name(key): (key, value) for key, value in pairs}
    if _is_oidc(own):
        for name, (key, value) in own.items():
            if name in _FIELDS and key.replace("_", "-").lstrip("-") not in FLAG_NAMES:
                found.words += _values(f"oidc-{_FIELDS[name]}", value)


def _own_name(key: str) -> str:
    plain = key.lower().replace("-", "").replace("_", "")
    return _PREFIX.sub("", plain) if plain not in ("url", "issuer") else f"?{plain}"


def _is_oidc(own: dict[str, Any]) -> bool:
    """Whether these are an API server's settings and not those of an application that signs users in."""
    if "clientid" not in own or any(name in own for name in _SECRETS):
        return False
    return any(name in own for name in ("issuerurl", "issueruri", "url", "issuer"))


def _values(name: str, value: Any) -> Iterator[str]:
    """`--NAME=VALUE` for a scalar, each item of a list and each entry of a map (required claims)."""
    if value.id == "scalar":
        if value.value or value.style:
            yield f"--{name}={_checked(value.value)}"
    elif not name.endswith(("signing-algs", "required-claim")):
        raise MigrateError(f"--{name} isn't a string: if it contains a variable, replace it with the value")
    elif name.endswith("signing-algs"):
        yield f"--{name}={','.join(str(item.value) for item in items(value))}"
    else:
        for item in items(value):
            claim, required = text_at(item, "key"), text_at(item, "value")
            yield f"--{name}={_checked(f'{claim}={required}' if claim else str(item.value))}"
        for key, each in entries(value):
            yield f"--{name}={_checked(f'{key.value}={each.value}')}"


def _sequence(node: Any, found: Settings) -> None:
    """A list of words: the command of a container, or arguments for kube-apiserver."""
    words = [str(item.value) for item in items(node) if item.id == "scalar"]
    if not any("oidc" in word for word in words):
        return
    plain: list[str] = []
    for word in words:
        if "\n" not in word:
            plain += shell_words(word) if " --" in word.strip() else [word]
    read = list(distribution_words([_dashed(word) for word in plain]))
    if any(name.replace("_", "-").startswith("--oidc-") for name in read):
        found.words += [_checked(word) for word in _oidc_only(read)]
        found.other_words = tuple(word for word in plain if "oidc" not in word)


def _dashed(word: str) -> str:
    return flag(word) if re.match(r"oidc[-_][a-z_-]+=", word) else word


def _oidc_only(words: list[str]) -> Iterator[str]:
    """Each flag as one word, with its value."""
    following = iter(words)
    for word in following:
        name, equals, value = word.partition("=")
        name = name.replace("_", "-")
        if name.startswith("--oidc-"):
            yield f"{name}={value if equals else next(following, '')}"


def _argument(text: str, *, bare: bool) -> Iterator[str]:
    """The argument of k3s, or of k3d with its node filter."""
    words = list(distribution_words([flag(text) if bare else text]))
    return _oidc_only([flag(words[0])] if words and bare else words)


def _text(text: str, found: Settings, depth: int) -> None:
    """A document or a script inside a string."""
    import yaml  # noqa: PLC0415

    try:
        inner = [each for each in documents(Text.whole(text)) if each.id == "mapping"]
    except (yaml.YAMLError, ValueError, RecursionError):
        inner = []
    words: list[str] = []
    for each in inner:
        settings = words_in_document(each, depth + 1)
        words += settings.words
        found.authorities.update(settings.authorities)
    found.words += words or words_in_text(text)


def _checked(word: str) -> str:
    """The word; MigrateError if its value is only known to another program."""
    if _VARIABLE.search(word):
        raise MigrateError(f"{word} contains a variable; replace it with the value")
    return word
