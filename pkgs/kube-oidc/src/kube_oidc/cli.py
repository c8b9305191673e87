"""The command line: find the command, import it, run it."""

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
from kube_oidc.commands.arguments import closest_word, did_you_mean
from kube_oidc.net.patience import notify_if_slow
from kube_oidc.report import printable
from kube_oidc.report.redaction import redact

COMMANDS: Final = {
    "check": "check whether an AuthenticationConfiguration is valid for a Kubernetes version, and safe",
    "test": "test expectations: what tokens become and can do, as examples and as invariants over all tokens",
    "explain": "show which user a token becomes, or why it is refused",
    "access": "show who can do what: issuers, the users and groups they can produce, and their RBAC permissions",
    "who-can": "list everyone who is allowed a request by RBAC, with issuer and binding",
    "apply": "wait until the API server has loaded the file, then apply exactly these grants",
    "audit": "show which identity used which grant, and when last, from API server audit logs",
    "status": "show which configuration the running API servers have loaded, and whether its issuers respond",
    "token": "print the CI job's ID token, plain or as an ExecCredential for kubectl",
    "kubeconfig": "write a kubeconfig without secrets: server, CA, and the plugin that gets the token",
    "workflow": "write a CI job that deploys",
    "migrate": "convert the API server's --oidc-* flags to a file or to NixOS options",
    "schema": "print a JSON Schema for editors",
    "completion": "print the completion script for bash, zsh or fish",
}
BUG_MESSAGE: Final = "this is a bug in kube-oidc: please report it with the lines above"
EXIT_CODE_HELP: Final = """exit codes: 0 ok, 1 problems found, 2 usage or I/O error
run `kube-oidc COMMAND --help` for the options of a command"""
SLOW_NOTICE_SECONDS: Final = 5.0
EXTRA_OF_PACKAGE: Final = {"kubernetes": "cluster", "cryptography": "cluster"}


class _Terminated(BaseException):
    """SIGTERM as an exception, so that `finally` blocks run and child processes end."""


class _Wide(argparse.RawDescriptionHelpFormatter):
    """Shows commands and their summaries in two columns that fit the longest name."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=20)
        self._action_max_length = 14  # argparse doesn't count the indentation of commands


class _Parser(argparse.ArgumentParser):
    """argparse repeats the argument it rejects, which may be a token: redact it."""

    def error(self, message: str) -> NoReturn:
        """Exit with the problem and a pointer to --help; the full usage text would hide the problem."""
        shown = printable.lines(redact(message))
        self.exit(EXIT_CANNOT_RUN, f"{self.prog}: {shown}\nrun `{self.prog} --help` for usage\n")

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        """Like argparse, but reject an empty file name: usually an unset variable in a script."""
        if not arg_string and is_file(action):
            raise argparse.ArgumentError(action, "file name is empty")
        return super()._get_value(action, arg_string)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Like argparse, with a suggestion."""
        choices = list(action.choices or ())
        if choices and value not in choices:
            raise argparse.ArgumentError(
                action, f"unknown value {value!r}{did_you_mean(str(value), choices)}"
            )


def parser(only: str | None = None) -> argparse.ArgumentParser:
    """The argument parser. With `only`, import only that command's module, to start faster."""
    root = _Parser(
        prog="kube-oidc",
        description="Check and explain a Kubernetes AuthenticationConfiguration.",
        epilog=EXIT_CODE_HELP,
        formatter_class=_Wide,
    )
    root.add_argument("--version", action="version", version=f"kube-oidc {__version__}")
    root.set_defaults(build_parser=parser)
    subparsers = root.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        command = subparsers.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        if only is None or only == name:
            module = importlib.import_module(f"kube_oidc.commands.{name.replace('-', '_')}")
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    return root


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 ok, 1 problems found, 2 usage or I/O error.

    After SIGINT and SIGTERM it is 130 and 143, as in a shell.
    """
    try:
        if argv is None:
            signal.signal(signal.SIGTERM, _terminate)
        return _run(sys.argv[1:] if argv is None else list(argv))
    except KeyboardInterrupt:
        return _say("kube-oidc: interrupted", 128 + signal.SIGINT)
    except _Terminated:
        return _say("kube-oidc: terminated", 128 + signal.SIGTERM)
    except Exception:  # noqa: BLE001 - the traceback may contain a token, so redact it
        import traceback  # noqa: PLC0415

        return _say(redact(f"{traceback.format_exc()}kube-oidc: {BUG_MESSAGE}"), EXIT_CANNOT_RUN)


def _terminate(*_: object) -> NoReturn:
    raise _Terminated


def _refuse(root: argparse.ArgumentParser, command: str, unknown: list[str]) -> NoReturn:
    """Exit with an error about the first unknown argument, and suggest an option."""
    (commands,) = (action for action in root._actions if isinstance(action, argparse._SubParsersAction))
    chosen: argparse.ArgumentParser = commands.choices[command]
    word = unknown[0].partition("=")[0] if unknown[0].startswith("-") else unknown[0]
    if not word.startswith("-"):
        chosen.error(f"unexpected argument {word!r}")
    options = [option for action in chosen._actions for option in action.option_strings]
    near = closest_word(word, options)
    chosen.error(f"unknown option {word}{f': did you mean {near}?' if near else ''}")


def _open_streams() -> None:
    """Replace streams that were closed before Python started (Python sets them to None)."""
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123 - until the end
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    if isinstance(sys.stdout, io.TextIOWrapper):  # file names or the locale may not be UTF-8
        encoding = sys.stdout.encoding if sys.stdout.isatty() else "utf-8"  # JSON, YAML and HTML are UTF-8
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
        with _slow_notice(arguments.command, reads="-" in words):
            status: int = arguments.run(arguments)
        sys.stdout.flush()
    except CommandError as error:
        return _fail(arguments.command, str(error))
    except ModuleNotFoundError as error:
        if not error.name or error.name.startswith("kube_oidc"):
            raise
        return _fail(arguments.command, _how_to_install(error.name))
    except OSError as error:
        if error.filename is not None:
            raise
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # otherwise Python flushes again at exit
        return _fail(arguments.command, "" if isinstance(error, BrokenPipeError) else str(error.strerror))
    return status


def _how_to_install(module: str) -> str:
    """Names the missing package and the command that installs it."""
    package = module.partition(".")[0]
    extra = EXTRA_OF_PACKAGE.get(package)
    wanted = f"kube-oidc[{extra}]" if extra else "kube-oidc"
    return f"this needs the Python package {package}: pip install '{wanted}' (the Nix package includes it)"


@contextmanager
def _slow_notice(command: str, *, reads: bool) -> Iterator[None]:
    """On a terminal, say after a few seconds that the command is still running."""
    if not sys.stderr.isatty() or (reads and sys.stdin.isatty()):
        yield
        return
    text = f"kube-oidc {command}: still running; press Ctrl-C to stop"
    with notify_if_slow(SLOW_NOTICE_SECONDS, lambda: _say(text, 0)):
        yield


def _fail(command: str, reason: str) -> int:
    """Print why the command failed; return exit code 2."""
    return _say(printable.lines(redact(f"kube-oidc {command}: {reason}")) if reason else "", EXIT_CANNOT_RUN)


def _say(message: str, status: int) -> int:
    """Print the message on stderr, if that is open, and return the status."""
    try:
        if message:
            print(message, file=sys.stderr, flush=True)  # noqa: T201
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    return status
