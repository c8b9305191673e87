"""`kube-oidc completion`: the shell's completion script, made from the real parser.

shtab writes for bash and zsh; the script for fish is made here, because shtab writes it only since 1.9.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterator

from kube_oidc.commands import EXIT_VALID, CommandError, is_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's one argument."""
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="the shell")


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 with the script on stdout, 2 if shtab is needed and not installed."""
    root: argparse.ArgumentParser = arguments.build_parser()
    script = "\n".join(_fish(root)) if arguments.shell == "fish" else _by_shtab(root, arguments.shell)
    sys.stdout.write(script + "\n")
    return EXIT_VALID


def _by_shtab(root: argparse.ArgumentParser, shell: str) -> str:
    try:
        import shtab
    except ModuleNotFoundError:
        raise CommandError(
            "this needs the Python package shtab: pip install 'kube-oidc[completion]' "
            "(releases and the Nix package install the scripts themselves)"
        ) from None
    for parser in (root, *_commands(root).values()):
        for action in filter(is_file, parser._actions):
            action.complete = shtab.FILE  # type: ignore[attr-defined] # as shtab's own documentation has it
    script: str = shtab.complete(root, shell)
    return script


def _commands(root: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Each command's own parser."""
    found = [action for action in root._actions if isinstance(action, argparse._SubParsersAction)]
    return {name: parser for action in found for name, parser in action.choices.items()}


def _fish(root: argparse.ArgumentParser) -> Iterator[str]:
    """A `complete` command for each command, option and argument; file names only where one is expected."""
    yield "complete -c kube-oidc -f"
    commands = _commands(root)
    for name, parser in commands.items():
        description = shlex.quote((parser.description or "").rstrip("."))
        yield f"complete -c kube-oidc -n __fish_use_subcommand -a {name} -d {description}"
    for name, parser in (("", root), *commands.items()):
        condition = f"'__fish_seen_subcommand_from {name}'" if name else "__fish_use_subcommand"
        for action in parser._actions:
            if not isinstance(action, argparse._SubParsersAction):
                words = " ".join(_fish_words(action, parser))
                yield f"complete -c kube-oidc -n {condition} {words}"


def _fish_words(action: argparse.Action, parser: argparse.ArgumentParser) -> Iterator[str]:
    for option in action.option_strings:
        yield f"-l {option[2:]}" if option.startswith("--") else f"-s {option[1:]}"
    takes_value = action.nargs != 0
    if action.choices:
        yield f"-x -a {shlex.quote(' '.join(map(str, action.choices)))}"
    elif takes_value and is_file(action):
        yield "-r -F"
    elif takes_value and action.option_strings:
        yield "-x"
    if action.option_strings and action.help:
        yield f"-d {shlex.quote(parser._get_formatter()._expand_help(action))}"
