"""The command line: finds the command, imports it, runs it."""

from __future__ import annotations

import argparse
import importlib
import io
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, NoReturn

from kube_oidc import __version__
from kube_oidc.commands import EXIT_CANNOT_RUN, CommandError, is_file
from kube_oidc.commands.arguments import meant, nearest
from kube_oidc.net.patience import told_after
from kube_oidc.report import printable
from kube_oidc.report.redaction import redact

COMMANDS: Final = {
    "check": "is this AuthenticationConfiguration valid for this Kubernetes version, and safe?",
    "explain": "which user does a token become, or why is it refused?",
    "access": "who may do what: every issuer, the users and groups it can make, and what RBAC gives them",
    "apply": "make the cluster have these grants and no others, once its API server has loaded the file",
    "status": "what do the running API servers say: is the written file the loaded one, do its issuers answer?",
    "token": "the CI job's own ID token, plain or as kubectl's credential",
    "kubeconfig": "a kubeconfig that holds no secret: server, certificate authority, and who makes the token",
    "workflow": "the CI job that deploys",
    "migrate": "the API server's old --oidc-* flags as the file, or as NixOS options",
    "completion": "completion for bash, zsh or fish",
}
_BUG: Final = "this is a bug of kube-oidc: please report it, with the lines above"
_END: Final = """exit status: 0 all is well, 1 something is wrong with what was looked at,
2 the command could not run; `kube-oidc COMMAND --help` has its options"""
_PATIENCE_SECONDS: Final = 5.0
_NOT_HERE: Final = "this needs the whole package: its Nix package, or `pip install ./pkgs/kube-oidc`"


class _Terminated(BaseException):
    """SIGTERM: what is open is put away on the way out, children included."""


class _Wide(argparse.RawDescriptionHelpFormatter):
    """Commands and what they do in two columns, the longest name included."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=20)
        self._action_max_length = 14  # argparse forgets that the commands are indented


class _Parser(argparse.ArgumentParser):
    """argparse quotes what it refuses, and that may be a token."""

    def error(self, message: str) -> NoReturn:
        """Ends with what is wrong and where the options are listed; the whole usage would hide it."""
        shown = printable.lines(redact(message))
        self.exit(EXIT_CANNOT_RUN, f"{self.prog}: {shown}\n`{self.prog} --help` lists what there is\n")

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        """As argparse does, but no file is named by nothing: a script's variable is not set."""
        if not arg_string and is_file(action):
            raise argparse.ArgumentError(action, "the name of a file is empty")
        return super()._get_value(action, arg_string)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """As argparse does, with the choice that was meant."""
        choices = list(action.choices or ())
        if choices and value not in choices:
            raise argparse.ArgumentError(action, f"there is no {value!r}{meant(str(value), choices)}")


def _sentence(summary: str) -> str:
    text = summary[0].upper() + summary[1:]
    return text if text.endswith("?") else f"{text}."


def parser(only: str | None = None) -> argparse.ArgumentParser:
    """The real parser; with `only`, just that command's module is imported."""
    root = _Parser(
        prog="kube-oidc",
        description="Checks and explains Kubernetes AuthenticationConfiguration.",
        epilog=_END,
        formatter_class=_Wide,
    )
    root.add_argument("--version", action="version", version=f"kube-oidc {__version__}")
    root.set_defaults(build_parser=parser)
    subparsers = root.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        command = subparsers.add_parser(name, help=summary, description=_sentence(summary))
        if only is None or only == name:
            module = importlib.import_module(f"kube_oidc.commands.{name.replace('-', '_')}")
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    return root


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status: 0 valid, 1 findings, 2 could not run.

    130 and 143 after SIGINT and SIGTERM, as a shell counts them.
    """
    try:
        if argv is None:
            signal.signal(signal.SIGTERM, _terminate)
        return _run(sys.argv[1:] if argv is None else list(argv))
    except KeyboardInterrupt:
        return _say("kube-oidc: interrupted", 128 + signal.SIGINT)
    except _Terminated:
        return _say("kube-oidc: terminated", 128 + signal.SIGTERM)
    except Exception:  # noqa: BLE001 - whatever it is, no token in its text gets out
        import traceback  # noqa: PLC0415

        return _say(redact(f"{traceback.format_exc()}kube-oidc: {_BUG}"), EXIT_CANNOT_RUN)


def _terminate(*_: object) -> NoReturn:
    raise _Terminated


def _refuse(root: argparse.ArgumentParser, command: str, unknown: list[str]) -> NoReturn:
    """Ends with the first word that the command does not know, and the option that was meant."""
    (commands,) = (action for action in root._actions if isinstance(action, argparse._SubParsersAction))
    chosen: argparse.ArgumentParser = commands.choices[command]
    word = unknown[0].partition("=")[0] if unknown[0].startswith("-") else unknown[0]
    if not word.startswith("-"):
        chosen.error(f"{word!r} is one argument too many")
    options = [option for action in chosen._actions for option in action.option_strings]
    near = nearest(word, options)
    chosen.error(f"there is no option {word}{f': did you mean {near}?' if near else ''}")


def _open_streams() -> None:
    """Python has None for a stream that was closed before its start; `print` takes None for standard output."""
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123 - until the end
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    if isinstance(sys.stdout, io.TextIOWrapper):  # a name that is no UTF-8, a locale that is not either
        encoding = sys.stdout.encoding if sys.stdout.isatty() else "utf-8"  # which JSON, YAML and HTML are in
        sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")


def _run(words: list[str]) -> int:
    _open_streams()
    only = next((word for word in words if word in COMMANDS), "")
    root = parser(only)
    arguments, unknown = root.parse_known_args(words)
    if unknown:
        _refuse(root, arguments.command, unknown)
    if sys.stdout is None:
        return _fail(arguments.command, "standard output is closed")
    try:
        with _patience(arguments.command, reads="-" in words):
            status: int = arguments.run(arguments)
        sys.stdout.flush()
    except CommandError as error:
        return _fail(arguments.command, str(error))
    except ModuleNotFoundError as error:
        if not error.name or error.name.startswith("kube_oidc"):
            raise
        return _fail(arguments.command, f"{_NOT_HERE} ({error.name} is missing)")
    except OSError as error:
        if error.filename is not None:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python tries again at its end
        return _fail(arguments.command, "" if isinstance(error, BrokenPipeError) else str(error.strerror))
    return status


@contextmanager
def _patience(command: str, *, reads: bool) -> Iterator[None]:
    """After a while says to whoever sits before a terminal that it goes on, unless it waits for his own words."""
    if not sys.stderr.isatty() or (reads and sys.stdin.isatty()):
        yield
        return
    text = f"kube-oidc {command}: still at work; Ctrl-C ends it"
    with told_after(_PATIENCE_SECONDS, lambda: _say(text, 0)):
        yield


def _fail(command: str, reason: str) -> int:
    """Says why the command could not run, unless nobody is there to read it."""
    return _say(printable.lines(redact(f"kube-oidc {command}: {reason}")) if reason else "", EXIT_CANNOT_RUN)


def _say(message: str, status: int) -> int:
    """The status, after the message went to stderr, if that is open."""
    try:
        if message:
            print(message, file=sys.stderr, flush=True)  # noqa: T201
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    return status
