"""One page for each command, from the program's own argument parser."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator

from kube_oidc.cli import COMMANDS, EXIT_CODE_HELP, parser

from generate.page import Page, entries


def pages() -> list[Page]:
    """The list first, then the commands in the order of `kube-oidc --help`."""
    os.environ["COLUMNS"] = "80"  # argparse wraps usage to the terminal's width
    rows = [f"| [`{name}`]({name}.md) | {_sentence(summary)} |\n" for name, summary in COMMANDS.items()]
    codes = EXIT_CODE_HELP.splitlines()[0]
    index = [
        "# Commands\n\n",
        "Generated from the program's argument parser.\n\n",
        "| command | purpose |\n|---|---|\n",
    ]
    return [
        Page("commands/index.md", "".join([*index, *rows, f"\n{_sentence(codes)}.\n"])),
        *(_page(name, command) for name, command in _commands().items()),
    ]


def navigation() -> list[str | dict[str, str]]:
    """The section's entries."""
    return entries(pages())


def _commands() -> dict[str, argparse.ArgumentParser]:
    (among,) = (action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    return {name: among.choices[name] for name in COMMANDS}


def _page(name: str, command: argparse.ArgumentParser) -> Page:
    usage = command.format_usage().removeprefix("usage: ").rstrip()
    parts = [f"# kube-oidc {name}\n\n{_prose(command.description or '')}\n\n```text\n{usage}\n```\n"]
    for group in command._action_groups:
        if rows := list(_rows(command, group)):
            title = _sentence((group.title or "").replace("positional arguments", "arguments"))
            parts.append(f"\n## {title}\n\n")
            parts.append(f"{_prose(group.description)}\n\n" if group.description else "")
            parts.append("| argument | meaning |\n|---|---|\n" + "".join(rows))
    if command.epilog:
        parts.append(f"\n## Notes\n\n```text\n{command.epilog}\n```\n")
    return Page(f"commands/{name}.md", "".join(parts), label=name)


def _rows(command: argparse.ArgumentParser, group: argparse._ArgumentGroup) -> Iterator[str]:
    formatter = command._get_formatter()
    for action in group._group_actions:
        if action.help == argparse.SUPPRESS:
            continue
        names = formatter._format_action_invocation(action)
        yield f"| {_code(names)} | {_prose(formatter._expand_help(action) if action.help else '')} |\n"


def _code(text: str) -> str:
    return f"`{text}`".replace("|", "\\|")


def _prose(text: str) -> str:
    """Help as Markdown: placeholders in capitals and angle brackets are no HTML."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
