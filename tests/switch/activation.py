"""What NixOS does on a machine: /etc from a generation, and the switch from one generation to the next.

    python3 activation.py GENERATION boot | test

GENERATION is a folder with `etc/`, whose files are linked into /etc through /etc/static; a file with FILE.mode next to
it is copied and renamed into place. `boot` only makes /etc; `test` also stops, reloads, restarts and starts units by
NixOS' rules (pkgs/by-name/sw/switch-to-configuration-ng in nixpkgs) and ends with status 4 if a unit failed.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

ETC: Final = Path("/etc")
SYSTEM: Final = Path("/run/current-system")
ASKED: Final = Path("/run/nixos/activation-restart-list")  # units that activation scripts want restarted
UNITS: Final = "systemd/system"
IGNORED: Final = {
    "X-Reload-Triggers", "Description", "Documentation", "OnFailure", "OnSuccess", "OnFailureJobMode",
    "IgnoreOnIsolate", "StopWhenUnneeded", "RefuseManualStart", "RefuseManualStop", "AllowIsolate",
    "CollectMode", "SourcePath",
}  # fmt: skip
SETTLE_SECONDS: Final = 0.5  # NixOS waits until D-Bus is quiet, and a unit's last words reach the journal
Unit = dict[str, dict[str, list[str]]]


def systemctl(*words: str) -> subprocess.CompletedProcess[str]:
    """Runs systemctl; the status is the caller's to judge."""
    return subprocess.run(["systemctl", *words], capture_output=True, text=True, check=False)


def say(text: str) -> None:
    """One line for the user, before whatever other programs print."""
    print(text, flush=True)


def copy(source: Path, target: Path, mode: int) -> None:
    """Copies and renames, as setup-etc.pl does: if the disk is full it warns and renames what there is."""
    unfinished = target.with_name(f"{target.name}.tmp")
    try:
        unfinished.write_bytes(source.read_bytes())
    except OSError as error:
        say(f"warning: could not copy {source}: {error.strerror}")
    unfinished.chmod(mode)
    unfinished.replace(target)


def link(source: Path, target: Path) -> None:
    """Puts a symbolic link in place in one step."""
    unfinished = target.with_name(f"{target.name}.tmp")
    unfinished.unlink(missing_ok=True)
    unfinished.symlink_to(source)
    unfinished.replace(target)


def activate(generation: Path, action: str) -> None:
    """Makes /etc that of this generation, removes what only earlier ones had, and runs its activation script."""
    etc = generation / "etc"
    link(etc, ETC / "static")
    record = ETC / ".clean"
    before = record.read_text().split() if record.exists() else []
    names = [
        str(path.relative_to(etc)) for path in etc.rglob("*") if not path.is_dir() and path.suffix != ".mode"
    ]
    names = [name for name in names if not name.startswith(UNITS)] + [UNITS]
    for name in names:
        target, mode = ETC / name, etc / f"{name}.mode"
        target.parent.mkdir(parents=True, exist_ok=True)
        if mode.exists():
            copy(etc / name, target, int(mode.read_text(), 8))
        else:
            link(ETC / "static" / name, target)
    for name in set(before) - set(names):
        (ETC / name).unlink(missing_ok=True)
    record.write_text("\n".join(names))
    script = generation / "activate"
    if script.exists():
        # NixOS gives it a PATH without systemctl; this one has nothing.
        environment = {"NIXOS_ACTION": action, "PATH": "/var/empty"}
        subprocess.run(["/bin/bash", "-e", str(script)], env=environment, check=False)
    SYSTEM.parent.mkdir(parents=True, exist_ok=True)
    link(generation, SYSTEM)


def parse(file: Path) -> Unit:
    """A unit file's settings by section and name; an empty value clears those before it."""
    unit: Unit = {}
    section = unit.setdefault("", {})
    for line in file.read_text().splitlines():
        if line.startswith("["):
            section = unit.setdefault(line.strip("[]"), {})
        elif "=" in line and not line.startswith(("#", ";")):
            name, _, value = line.partition("=")
            section[name] = [*section.get(name, []), value] if value else []
    return {name: settings for name, settings in unit.items() if settings and name != "Install"}


def is_set(unit: Unit, section: str, name: str, default: str) -> bool:
    """A boolean setting."""
    return (unit.get(section, {}).get(name) or [default])[-1] in {"1", "yes", "true", "on"}


def comparison(old: Unit, new: Unit) -> str:
    """`equal`, `reload` or `restart`: what a changed unit file needs."""
    changed = {
        (section, name)
        for section in old.keys() | new.keys()
        for name in old.get(section, {}).keys() | new.get(section, {}).keys()
        if old.get(section, {}).get(name) != new.get(section, {}).get(name)
    }
    reloads = {("Unit", "X-Reload-Triggers"), ("Service", "ExecReload")}
    if changed - reloads - {("Unit", name) for name in IGNORED}:
        return "restart"
    return "reload" if changed & reloads else "equal"


def states() -> dict[str, tuple[str, str]]:
    """Every loaded unit's state and substate."""
    lines = systemctl("list-units", "--all", "--plain", "--no-legend", "--full").stdout.splitlines()
    return {
        fields[0]: (fields[2], fields[3]) for fields in (line.split() for line in lines) if len(fields) > 3
    }


def plan(old: Path, new: Path) -> dict[str, set[str]]:
    """Which units to stop before the activation, and to reload, restart and start after it."""
    todo: dict[str, set[str]] = {"stop": set(), "reload": set(), "restart": set(), "start": set()}
    for name, (state, _) in states().items():
        if state not in {"active", "activating"} or not (old / name).exists():
            continue
        if not (new / name).exists():
            if is_set(parse(old / name), "Unit", "X-StopOnRemoval", "true"):
                todo["stop"].add(name)
            continue
        after = parse(new / name)
        if name.endswith(".target"):
            if not is_set(after, "Unit", "RefuseManualStart", "false"):
                todo["start"].add(name)
        elif name.endswith(".timer") and comparison(parse(old / name), after) != "equal":
            todo["restart"].add(name)
        elif name.endswith(".service"):
            for action in actions(comparison(parse(old / name), after), after):
                todo[action].add(name)
    return todo


def actions(compared: str, unit: Unit) -> Iterable[str]:
    """What happens to a service whose file changed."""
    if compared == "equal":
        return ()
    if compared == "reload" or is_set(unit, "Service", "X-ReloadIfChanged", "false"):
        return ("reload",)
    if not is_set(unit, "Service", "X-RestartIfChanged", "true") or is_set(
        unit, "Unit", "RefuseManualStop", "false"
    ):
        return ()
    return ("stop", "start") if is_set(unit, "Service", "X-StopIfChanged", "true") else ("restart",)


def failed() -> list[str]:
    """Units that failed, and those that systemd will start again because they did."""
    return sorted(
        name
        for name, (state, substate) in states().items()
        if state == "failed"
        or (substate == "auto-restart"
            and systemctl("show", "--value", "--property=ExecMainStatus", name).stdout.strip() != "0")
    )  # fmt: skip


def switch(generation: Path) -> int:
    """Switches to the generation; 4 if a unit failed, else 0."""
    todo = plan((ETC / UNITS).resolve(), generation / "etc" / UNITS)
    if todo["stop"]:
        say(f"stopping the following units: {', '.join(sorted(todo['stop']))}")
        systemctl("stop", *todo["stop"])
    before = {name for name, (state, _) in states().items() if state != "inactive"}
    say("activating the configuration...")
    activate(generation, "test")
    asked = set(ASKED.read_text().split()) if ASKED.exists() else set()
    ASKED.unlink(missing_ok=True)
    todo["restart"] |= asked & before - todo["start"]
    todo["start"] |= asked - before
    systemctl("reset-failed")
    systemctl("daemon-reload")
    status = 0
    for action in ("reload", "restart", "start"):
        shown = sorted(name for name in todo[action] if not name.endswith(".target"))
        if shown:
            say(f"{action.removesuffix('e')}ing the following units: {', '.join(shown)}")
        if todo[action] and systemctl(action, *todo[action]).returncode:
            status = 4
    time.sleep(SETTLE_SECONDS)
    broken = failed()
    if broken:
        say(f"warning: the following units failed: {', '.join(broken)}")
        subprocess.run(["systemctl", "status", "--no-pager", "--full", *broken], check=False)
        status = 4
    return status


if __name__ == "__main__":
    if sys.argv[2] == "boot":
        activate(Path(sys.argv[1]), "boot")
    else:
        sys.exit(switch(Path(sys.argv[1])))
