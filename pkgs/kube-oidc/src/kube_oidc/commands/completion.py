"""`kube-oidc completion`: the shell's completion script, made from the real parser."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from kube_oidc.commands import EXIT_VALID, CommandError, is_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's one argument."""
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="the shell to write for")


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 with the script on stdout, 2 where shtab is not installed."""
    try:
        import shtab
    except ModuleNotFoundError:
        raise CommandError(
            "this needs shtab: the Nix package has these scripts, `pip install shtab` brings it"
        ) from None
    if arguments.shell not in shtab.SUPPORTED_SHELLS:
        raise CommandError(f"shtab {shtab.__version__} does not write for {arguments.shell}: 1.9 does")
    root: argparse.ArgumentParser = arguments.build_parser()
    for action in _actions(root):
        if is_file(action):
            action.complete = shtab.FILE  # type: ignore[attr-defined] # as shtab's own documentation has it
    sys.stdout.write(shtab.complete(root, arguments.shell) + "\n")
    return EXIT_VALID


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Every argument of the parser and of its commands."""
    for action in parser._actions:  # argparse has no other way to them
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _actions(command)
