"""`kube-oidc schema`: the JSON Schemas of the files that people write, for editors."""

from __future__ import annotations

import argparse
import sys
from typing import Final

from kube_oidc.commands import EXIT_VALID, CommandError

CONFIGURATION: Final = "authentication-configuration"
SCHEMAS: Final = {
    CONFIGURATION: "kube-apiserver's --authentication-config",
    "acknowledged-findings": "`kube-oidc check --acknowledged`",
    "expectations": "`kube-oidc test`",
    "grants": "`kube-oidc apply --grants`",
    "provider": "facts about an issuer type, in the package's folder providers/",
}
_FILES: Final = {
    "acknowledged-findings": ("inputs/schemas", "acknowledged-findings.json"),
    "expectations": ("inputs/schemas", "expectations.json"),
    "grants": ("inputs/schemas", "grants.json"),
    "provider": ("providers", "schema.json"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the schema's name and the version it is for."""
    parser.add_argument("name", nargs="?", choices=tuple(SCHEMAS), help="the schema; without it, list them")
    parser.add_argument(
        "--kubernetes-version",
        metavar="X.Y",
        help=f"{CONFIGURATION}: only the API versions and fields of this version; default: the newest",
    )
    parser.epilog = (
        "an editor with yaml-language-server uses the schema that a file's first line names:\n"
        f"# yaml-language-server: $schema={CONFIGURATION}.json"
    )
    parser.formatter_class = argparse.RawDescriptionHelpFormatter


def run(arguments: argparse.Namespace) -> int:
    """Print the schema, or the list of schemas, and return 0. CommandError: unusable version."""
    if arguments.kubernetes_version is not None and arguments.name != CONFIGURATION:
        raise CommandError(f"--kubernetes-version requires {CONFIGURATION}")
    if arguments.name is None:
        width = max(map(len, SCHEMAS))
        sys.stdout.write("".join(f"{name:{width}}  {purpose}\n" for name, purpose in SCHEMAS.items()))
    else:
        sys.stdout.write(text_of(arguments.name, arguments.kubernetes_version))
    return EXIT_VALID


def text_of(name: str, version: str | None = None) -> str:
    """The schema's text. CommandError if it isn't a version, or too old."""
    if name != CONFIGURATION:
        from kube_oidc.data import folder

        place, file = _FILES[name]
        text: str = (folder(place) / file).read_text("utf-8")
        return _with_findings(text) if name == "acknowledged-findings" else text
    from kube_oidc.verdict.schema import published
    from kube_oidc.verdict.versions import NEWEST, requested

    try:
        return published(NEWEST if version is None else requested(version))
    except ValueError as error:
        raise CommandError(f"--kubernetes-version: {error}") from None


def _with_findings(text: str) -> str:
    """The schema with every finding's title, so that editors offer and explain the IDs."""
    import json

    from kube_oidc.rules.engine.registry import known_ids
    from kube_oidc.rules.pages import page_of

    schema = json.loads(text)
    value = schema["additionalProperties"]
    for page in filter(None, map(page_of, sorted(known_ids()))):
        schema["properties"][page.id] = {"description": f"{page.title}. Why is it acceptable?", **value}
    return json.dumps(schema, indent=2) + "\n"
