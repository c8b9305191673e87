"""`make demo`: the whole story, told without a terminal and on one."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from e2e import demo
from e2e.harness.binaries import REPOSITORY, Binaries
from e2e.harness.runner import Result
from e2e.story.chapters import CHAPTERS
from e2e.story.scene import Played


def test_the_demo_runs_without_a_terminal(binaries: Binaries) -> None:
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY / "tests")}
    done = subprocess.run(
        [sys.executable, "-m", "e2e.demo"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "\033" not in done.stdout
    assert re.search(r"All \d+ scenes passed in \d+ s, on real processes:", done.stdout)


def tell(monkeypatch: pytest.MonkeyPatch, terminal: bool, no_color: str | None) -> demo.Voice:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color is not None:
        monkeypatch.setenv("NO_COLOR", no_color)
    return demo.Voice({"/some/where/": ""})


@pytest.mark.parametrize(
    ("terminal", "no_color", "coloured"),
    [(True, None, True), (True, "1", False), (True, "", True), (False, None, False)],
)
def test_color_needs_a_terminal_without_no_color(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    terminal: bool,
    no_color: str | None,
    coloured: bool,
) -> None:
    tell(monkeypatch, terminal, no_color).say("hello", "32")
    assert capsys.readouterr().out == ("\033[32mhello\033[0m\n" if coloured else "hello\n")


def test_a_failed_scene_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    scene = CHAPTERS[0].scenes[0]
    played = Played(scene, Result("", "kubectl --kubeconfig=/some/where/x get pods", 1, "no"), "log")
    voice = tell(monkeypatch, False, None)
    voice.scene(played)
    demo.closing(voice, [scene.title], 1)
    said = capsys.readouterr().out
    assert "$ kubectl --kubeconfig=x get pods" in said
    assert "UNEXPECTED: exit status 1" in said
    assert f"scenes failed: {scene.title}" in said
    assert "passed" not in said


def test_the_next_places_to_look_exist() -> None:
    places = re.findall(r"^  (\S+[/.]\S*) ", demo.NEXT, re.M)
    assert len(places) == 3
    assert all((REPOSITORY / place).exists() for place in places)
