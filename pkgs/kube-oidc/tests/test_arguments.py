"""What a slip of the pen on the command line is answered with: what is wrong, and what to write."""

import json
import os
import pty

import pytest
from kube_oidc.cli import COMMANDS, main, parser
from kube_oidc.commands.arguments import duration
from program import run_cli

HEAD = "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n"


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["chek", "FILE"], "did you mean check?"),
        (["check", "--strct", "FILE"], "kube-oidc check: unknown option --strct: did you mean --strict?"),
        (["check", "--format", "jsn", "FILE"], "did you mean json?"),
        (["check", "--anonymous-auth", "maybe", "FILE"], "'maybe': expected true or false"),
        (["check", "--option-map", "FILE", "FILE"], "FILE: not valid JSON; expected an object"),
        (["check", "--option-map", "nope", "FILE"], "cannot read nope: No such file or directory"),
        (["check", "--explain", "subjet-form"], "unknown finding 'subjet-form': did you mean subject-form?"),
        (
            ["check", "FILE", "--ignore", "subjet-form"],
            "unknown finding 'subjet-form': did you mean subject-form?",
        ),
        (["check", ""], "file name is empty"),
        (["explain", "FILE", "--claims", "EMPTY"], "no claims found"),
        (["explain", "FILE", "--claims", "EMPTY", "--at", "tomorrow"], "'tomorrow': expected a Unix time"),
        (
            ["explain", "FILE", "--claims", "EMPTY", "--timeout", "x"],
            "'x': expected a duration such as 10s or 2m, at most 24h",
        ),
        (["explain", "FILE", "--claims", "CLAIMS", "--kubeconfig", "k"], "require --live"),
        (
            ["explain", "FILE", "--claims", "CLAIMS", "--namespace", "k"],
            "--namespace requires --can or --live",
        ),
        (["access", "FILE", "--context", "k"], "require --live"),
        (["token", "--timeout", "x"], "'x': expected a duration such as 10s or 2m, at most 24h"),
        (
            ["kubeconfig", "--server", "https://k", "--empty-user", "--context", "a"],
            "--context requires --from",
        ),
        (["kubeconfig", "--server", "https://k", "--empty-user", "--namespace", "A b"], "RFC 1123 label"),
        (["migrate"], "the flags after `--`"),
        (["migrate", "--from", "EMPTY"], "EMPTY: expected a systemd unit"),
    ],
)
def test_a_slip_is_answered_with_what_to_write(words, answer, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "FILE").write_text(HEAD)
    (tmp_path / "EMPTY").write_text("")
    (tmp_path / "CLAIMS").write_text(json.dumps({"iss": "https://issuer.example.org"}))
    try:
        status = main(words)
    except SystemExit as ended:
        status = ended.code
    said = capsys.readouterr()
    assert (status, said.out) == (2, "")
    assert answer in said.err
    assert "usage:" not in said.err


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_argument_has_its_line_of_help(name):
    (commands,) = (action for action in parser(name)._actions if action.dest == "command")
    assert [action.dest for action in commands.choices[name]._actions if not action.help] == []


def test_one_error_is_no_errors(tmp_path, capsys):
    (tmp_path / "auth.yaml").write_text(HEAD + "jwt: text\n")
    main(["check", str(tmp_path / "auth.yaml")])
    assert capsys.readouterr().out.endswith("1 file checked: 0 valid, 1 error, 0 warnings\n")


@pytest.mark.parametrize(
    ("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colour_is_for_terminals_that_have_it(environment, coloured, tmp_path):
    file = tmp_path / "auth.yaml"
    file.write_text(HEAD + "jwt: text\n")
    ours, theirs = pty.openpty()
    surroundings = {"PATH": os.environ["PATH"], "TERM": "xterm", **environment}
    run_cli("check", file, env=surroundings, stdout=theirs)
    os.close(theirs)
    shown = os.read(ours, 1 << 16).decode()
    os.close(ours)
    assert "error" in shown
    assert ("\x1b[" in shown) == coloured


RENAMED = {
    "token": (["token", "--file=TOKEN", "--deadline=5s"], "--deadline is deprecated: use --timeout"),
    "seconds": (["token", "--file=TOKEN", "--timeout=5"], "5 without a unit is deprecated: write 5s"),
    "status": (
        ["status", "--only=issuers", "--config=AUTH"],
        "--config is deprecated: use FILE without --config",
    ),
    "workflow": (
        ["workflow", "--config=OPTIONS", "--grant=g", "--deployment=d", "--image=i"],
        "--config is deprecated: use --options",
    ),
}


@pytest.mark.parametrize("name", RENAMED)
def test_an_old_form_works_with_a_warning(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "TOKEN").write_text("eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln")
    (tmp_path / "AUTH").write_text(f"{HEAD}jwt: []\n")
    issuers = {"f": {"provider": "forgejo", "audiences": ["a"]}}
    grants = {"g": {"issuer": "f", "namespace": ["n"]}}
    (tmp_path / "OPTIONS").write_text(json.dumps({"issuers": issuers, "grants": grants}))
    words, warning = RENAMED[name]
    assert main(words) == 0
    said = capsys.readouterr()
    assert said.out
    assert said.err == f"kube-oidc: {warning}\n"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_shows_no_old_form(name, capsys):
    with pytest.raises(SystemExit):
        main([name, "--help"])
    said = capsys.readouterr().out
    assert "--deadline" not in said
    assert "SECONDS" not in said or name == "explain"  # its --at is a time
    assert "--config" not in said or name not in ("status", "workflow")


@pytest.mark.parametrize(("text", "seconds"), [("500ms", 0.5), ("1m30s", 90), ("1.5h", 5400), ("2m", 120)])
def test_a_duration_is_written_as_for_kubectl(text, seconds):
    assert duration(text) == seconds
