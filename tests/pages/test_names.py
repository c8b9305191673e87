"""What the pages name is there: commands, options of commands and of NixOS, make's targets, paths."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from typing import Final

import pytest
from kube_oidc.cli import COMMANDS, parser

from pages.page import ROOT, code, shown

OTHERS: Final = {  # flags that are not ours
    "--anonymous-auth", "--authentication-config", "--oidc-*", "--oidc-ca-file", "--oidc-signing-algs",
    "--oidc-username-prefix", "--kube-apiserver-extra-env", "--all",
    "--oidc-client-secret", "--password", "--discovery-file", "--audit-policy-file", "--audit-log-path",
}  # fmt: skip
FOLDERS: Final = r"(docs|examples|modules|pkgs|tests|benchmarks|action|templates)/[\w./-]*"


def commands(text: str) -> Iterator[list[str]]:
    """The words of every kube-oidc in a command line, without what the shell takes for itself."""
    words: list[str] = []
    lexer = shlex.shlex(text, posix=True, punctuation_chars="|>")
    lexer.whitespace_split = True
    for word in [*lexer, "|"]:
        if word not in ("|", ">", ">>"):
            words.append(word)
        else:
            if words[:1] == ["kube-oidc"]:
                yield words[1:]
            words = []


def options(command: str) -> set[str]:
    (among,) = (
        action for action in parser(command)._actions if isinstance(action, argparse._SubParsersAction)
    )
    return {name for action in among.choices[command]._actions for name in action.option_strings}


@pytest.mark.parametrize("text", sorted({each.command for each in shown() if "kube-oidc " in each.command}))
def test_a_command_that_is_shown_is_taken_by_the_parser(text: str) -> None:
    for words in commands(text):
        parser(words[0]).parse_args(words)


def test_a_command_within_a_sentence_exists_with_its_options() -> None:
    named = [
        (page, words)
        for page, text in code()
        if text.startswith("kube-oidc ") and not text.startswith("kube-oidc explain:")
        for words in commands(text.replace("\\|", "|"))
    ]
    assert len(named) > 20
    unknown = [
        f"{page}: {' '.join(words)}"
        for page, words in named
        if words[0] not in COMMANDS
        or {word.partition("=")[0] for word in before_the_flags(words) if word.startswith("--")}
        - options(words[0])
    ]
    assert unknown == []


def before_the_flags(words: list[str]) -> list[str]:
    return words[: words.index("--")] if "--" in words else words


def test_an_option_within_a_sentence_exists() -> None:
    known = OTHERS.union(*(options(command) for command in COMMANDS))
    unknown = [
        f"{page}: {text}"
        for page, text in code()
        if re.match("--", text) and re.split("[ =]", text)[0] not in known
    ]
    assert unknown == []


def test_a_nixos_option_within_a_sentence_exists() -> None:
    listed = re.findall(
        r"^### `(services\.kube-oidc\S*)`", (ROOT / "docs/options.md").read_text("utf-8"), re.M
    )
    assert len(listed) > 50
    trees = {re.sub(r"<name>|\*", "…", option) for option in listed}
    prefixes = {option[: end.start()] for option in trees for end in re.finditer(r"\.|$", option)}
    unknown = []
    for page, text in code():
        if not re.fullmatch(r"services\.kube-oidc(\.[\w…]+)*(\.\"[\w-]+\")?( = .*)?", text):
            continue
        words = re.sub(r"\.\"[\w-]+\"", "", text.split(" = ")[0]).split(".")
        if len(words) > 3 and words[2] in ("issuers", "grants"):
            words[3] = "…"
        if ".".join(words) not in prefixes:
            unknown.append(f"{page}: {text}")
    assert unknown == []


def test_a_target_of_make_within_a_sentence_exists() -> None:
    targets = set(re.findall(r"^([a-z0-9]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    named = {text.split()[1] for _, text in code() if re.match("make [a-z]", text)}
    named |= {each.command.split()[1] for each in shown() if each.command.startswith("make ")}
    assert {"demo", "test"} <= named <= targets


def test_a_path_within_a_sentence_exists() -> None:
    named = [(page, text) for page, text in code() if re.fullmatch(FOLDERS, text)]
    assert len(named) > 10
    assert [f"{page}: {text}" for page, text in named if not (ROOT / text).exists()] == []
