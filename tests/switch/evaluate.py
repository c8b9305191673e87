"""Writes data/DISTRIBUTION.json: what the module makes of generations.nix, so that the tests need no Nix.

    NIX_PATH=nixpkgs=... python -m switch.evaluate

Store paths become placeholders, `@NAME@`, without hash and version; generation.py fills them in.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
DATA: Final = HERE / "data"
TIMEOUT_SECONDS: Final = 300
STORE_PATH: Final = re.compile(r"/nix/store/[a-z0-9]{32}-([A-Za-z0-9._+-]+)")
VERSION: Final = re.compile(r"-\d+(\.\d+)*(-bin)?$")
OF_EVERY_UNIT: Final = ("LOCALE_ARCHIVE", "TZDIR")  # set by NixOS, and made of nixpkgs' versions


def placeholders(text: str) -> str:
    """The text with a placeholder for every store path."""
    return STORE_PATH.sub(lambda found: f"@{VERSION.sub('', found[1])}@", text)


def unit(text: str) -> str:
    """A unit's text without what depends on nixpkgs only."""
    lines = placeholders(text).splitlines()
    kept = [
        line
        for line in lines
        if not line.startswith(tuple(f'Environment="{name}=' for name in OF_EVERY_UNIT))
    ]
    return "\n".join(once(line) for line in kept if not line.startswith("X-Restart-Triggers=")) + "\n"


def once(line: str) -> str:
    """A PATH without the `sbin` of every package."""
    if not line.startswith('Environment="PATH='):
        return line
    folders = line.removeprefix('Environment="PATH=').removesuffix('"').split(":")
    return f'Environment="PATH={":".join(folder for folder in folders if not folder.endswith("/sbin"))}"'


def evaluate() -> dict[str, Any]:
    """What generations.nix evaluates to; CalledProcessError if it doesn't."""
    settings = "experimental-features = nix-command flakes\n" + os.environ.get("NIX_CONFIG", "")
    command = [
        "nix-instantiate",
        "--eval",
        "--strict",
        "--json",
        "--expr",
        f"import {HERE}/generations.nix {{ }}",
    ]
    done = subprocess.run(
        command, env=os.environ | {"NIX_CONFIG": settings}, capture_output=True, text=True,
        timeout=TIMEOUT_SECONDS, check=False,
    )  # fmt: skip
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def texts() -> dict[str, str]:
    """The content of each file in data/ by its name."""
    found = evaluate()
    for test in found["vm"].values():
        test["generations"] = shown(test["generations"])
        test["token"] = placeholders(test["token"])
    answers = {"vm": found.pop("vm"), **{name: shown(generations) for name, generations in found.items()}}
    return {
        f"{name}.json": json.dumps(answer, indent=1, sort_keys=True) + "\n"
        for name, answer in answers.items()
    }


def shown(generations: dict[str, Any]) -> dict[str, Any]:
    """The generations with what the tests need of their units."""
    for generation in generations.values():
        if "activation" in generation:
            generation["activation"] = placeholders(generation["activation"])
        for found in generation["units"].values():
            found["text"] = unit(found["text"])
            found["triggers"] = [placeholders(trigger) for trigger in found["triggers"]]
    return generations


def main() -> int:
    """Writes the files; 1 if the module doesn't evaluate."""
    try:
        found = texts()
    except subprocess.CalledProcessError as error:
        print(error.stderr, file=sys.stderr)
        return 1
    DATA.mkdir(exist_ok=True)
    for name, text in found.items():
        (DATA / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
