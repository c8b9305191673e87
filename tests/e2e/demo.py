"""`make demo`: the checker at once, then the story on real processes; exit status 0 if everything went as expected.

    python -m e2e.demo

stdout: the story; stderr: progress while programs build. Colours only on a terminal, and not with NO_COLOR.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from e2e.harness.binaries import MINOR, REPOSITORY, Binaries, MissingProgramError, locate
from e2e.harness.processes import NotReadyError
from e2e.harness.runner import Result
from e2e.harness.world import PROGRAMS, start
from e2e.story.chapters import CHAPTERS
from e2e.story.scene import Played, play

WIDTH: Final = 120
LINES: Final = 20
REASON: Final = re.compile(r'"Unable to authenticate the request" err="(.*)"')
CHECKS: Final = (
    ("the blog post's file is valid and has no findings", "examples/forgejo/auth.yaml", "kube-oidc check"),
    ("a loose file: which tokens get in, and the fix", "docs/images/auth.yaml", "kube-oidc check"),
    (
        "which user a stranger's token becomes there",
        "docs/images/auth.yaml",
        "kube-oidc explain --claims docs/images/claims.json",
    ),
)
NEXT: Final = """\
Where to look next:
  examples/forgejo/   the NixOS configuration, what it renders to, the workflow and the kubeconfig that ran here
  README.md           the ten lines of Nix that do it, and every command
  docs/how-to/        the same for your provider and your distribution
  make test           all of this and everything else, as tests"""


class Voice:
    """Prints the story; remembers which scripts were shown in full already."""

    def __init__(self, hidden: dict[str, str]) -> None:
        self._hidden = hidden  # long paths of this run → what is shown instead
        self._coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        self._shown: set[str] = set()

    def say(self, text: str = "", colour: str = "") -> None:
        """One line, at once."""
        print(f"\033[{colour}m{text}\033[0m" if self._coloured and colour else text, flush=True)

    def command(self, result: Result) -> None:
        """What was run: a step in full the first time, by its name after that."""
        if result.name and result.script in self._shown:
            self.say(f"    $ (the workflow's step {result.name!r}, as above)", "36")
            return
        self._shown.add(result.script)
        lines = [line for line in result.script.splitlines() if line and not line.startswith("set -")]
        self._block(lines, "    $ ", "36", limit=LINES)

    def _block(self, lines: list[str], first: str, colour: str, limit: int) -> None:
        """The first lines of a text behind a margin, each wrapped to the width."""
        margin = first
        for line in lines[:limit]:
            for path, name in self._hidden.items():
                line = line.replace(path, name)  # noqa: PLW2901
            self.say("\n".join(wrapped(line, margin)), colour)
            margin = " " * len(first)
        if len(lines) > limit:
            self.say(f"{margin}... ({len(lines) - limit} more lines)", colour)

    def output(self, text: str) -> None:
        """What a command printed."""
        self._block(text.splitlines(), "      ", "", limit=LINES)

    def scene(self, played: Played) -> None:
        """What was run and what came of it."""
        self.command(played.result)
        self.output(played.result.output)
        reason = REASON.search(played.log)
        if reason and not played.scene.succeeds:
            self._block([reason[1].replace('\\"', '"')], "      kube-apiserver logs: ", "33", limit=1)
        if played.fault is None:
            self.say("    ok" + ("" if played.scene.succeeds else ": refused, as expected"), "32")
        else:
            self.say(f"    UNEXPECTED: {played.fault}\n{played.log}", "31")


def wrapped(line: str, margin: str) -> list[str]:
    """The line behind its margin; what is too long goes on, further in, on the next."""
    indent = " " * 10
    return textwrap.wrap(line, WIDTH, initial_indent=margin, subsequent_indent=indent, break_on_hyphens=False)


def check(voice: Voice) -> None:
    """Shows the checker, which needs none of the programs that are built meanwhile."""
    voice.say("\n0. The checker: no cluster needed", "1")
    for title, file, command in CHECKS:
        voice.say(f"\n  - {title}", "1")
        done = subprocess.run(
            [sys.executable, "-m", "kube_oidc", *shlex.split(command)[1:], file],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        voice.command(Result("", f"{command} {file}", done.returncode, done.stdout + done.stderr))
        voice.output(done.stdout + done.stderr)


def programs(voice: Voice) -> Binaries:
    """Finds or builds the programs in the background, while the checker is shown."""
    with ThreadPoolExecutor(1) as builder:
        located = builder.submit(locate, *PROGRAMS)
        check(voice)
        if not located.done():
            voice.say("\nNext, the real programs: they are built once, which can take ten minutes ...", "1")
        return located.result()


def tell(folder: Path) -> bool:
    """Plays every scene; returns whether all passed."""
    hidden = {f"{REPOSITORY}/": "", f"{folder}/": "DEMO/"}
    voice = Voice(hidden)
    voice.say("kube-oidc: keyless deploys, the whole story on real processes on this machine", "1")
    binaries = programs(voice)
    hidden[f"{binaries.path('kube-apiserver').parent}/"] = ""
    began = time.monotonic()
    voice.say(
        f"\nStarting etcd, kwok, an issuer, and Kubernetes {MINOR}'s API server, controller manager and scheduler ..."
    )
    faults = []
    with start(folder, binaries) as world:
        voice.say(
            f"  running after {time.monotonic() - began:.1f} s; the API server is {world.cluster.api_server.url}"
        )
        for number, chapter in enumerate(CHAPTERS, 1):
            voice.say(f"\n{number}. {chapter.title}", "1")
            for scene in chapter.scenes:
                voice.say(f"\n  - {scene.title}", "1")
                played = play(scene, world)
                voice.scene(played)
                faults += [scene.title] if played.fault else []
    voice.say()
    closing(voice, faults, time.monotonic() - began)
    return not faults


def closing(voice: Voice, faults: list[str], seconds: float) -> None:
    """Prints the summary, and where to look next."""
    total = sum(len(chapter.scenes) for chapter in CHAPTERS)
    if faults:
        voice.say(f"{len(faults)} of {total} scenes failed: {'; '.join(faults)}", "31")
        return
    voice.say(f"All {total} scenes passed in {seconds:.0f} s, on real processes:", "1;32")
    voice.say(
        "  - an invalid file is rejected before any API server reads it, with the API server's own errors"
    )
    voice.say("  - a job on main of one repository deploys, with no credential stored anywhere")
    voice.say(
        "  - it can do nothing else, and other branches, repositories, owners and pull requests nothing at all"
    )
    voice.say(
        "  - tokens that are expired, unsigned, altered, for another audience or from another issuer are rejected"
    )
    voice.say()
    voice.say(NEXT)


def main() -> int:
    """Returns 0 if every scene passed, 1 if one failed, 2 if a program is missing or doesn't start."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything started is ended
    try:
        with tempfile.TemporaryDirectory(prefix="kube-oidc-demo-") as folder:
            return 0 if tell(Path(folder)) else 1
    except (MissingProgramError, NotReadyError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
