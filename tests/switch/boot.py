"""Becomes systemd, as PID 1 in new namespaces, over an overlay of this machine's root.

    unshare --pid --fork --mount … python3 boot.py FOLDER HOSTNAME SYSTEMD [SOURCE=TARGET …]

Writes `ready` to stdout once the root is complete, and becomes systemd when it reads a line from stdin: until then the
caller can lay out files. FOLDER is an empty folder; each SOURCE (file or folder) appears at TARGET, read-only. Nothing
that the machine writes outlives it. It has no other units than those that the caller puts into /etc/systemd/system.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Final

DEVICES: Final = {
    "null": (1, 3),
    "zero": (1, 5),
    "full": (1, 7),
    "random": (1, 8),
    "urandom": (1, 9),
    "tty": (5, 0),
}
ENVIRONMENT: Final = {
    "container": "kube-oidc-switch",
    "PATH": "/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin",
    "SYSTEMD_UNIT_PATH": "/etc/systemd/system",
    "SYSTEMD_GENERATOR_PATH": "/etc/systemd/no-generators",
}


def mount(kind: str, target: Path, options: str = "", source: str = "none") -> None:
    """Mounts a file system of this type; CalledProcessError if the kernel or the sandbox refuses."""
    target.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", kind, *(["-o", options] if options else []), source, target], check=True)


def bind(source: Path, target: Path) -> None:
    """Shows a file or folder at a second place, read-only."""
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    subprocess.run(["mount", "--bind", source, target], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", target], check=True)


def overlay(folder: Path) -> Path:
    """The new root: this machine's, with everything that is written kept in memory."""
    mount("tmpfs", folder, "mode=755")
    for name in ("upper", "work", "root"):
        (folder / name).mkdir()
    root = folder / "root"
    mount("overlay", root, f"lowerdir=/,upperdir={folder}/upper,workdir={folder}/work")
    return root


def populate(root: Path) -> None:
    """The file systems that every Linux machine has, in memory or read-only."""
    mount("proc", root / "proc")
    mount("sysfs", root / "sys", "ro")
    mount("cgroup2", root / "sys/fs/cgroup")
    for name in ("dev", "run", "tmp"):
        mount("tmpfs", root / name, "mode=755" if name != "tmp" else "mode=1777")
    for name in ("pts", "shm"):
        (root / "dev" / name).mkdir()
    for name, (major, minor) in DEVICES.items():
        os.mknod(root / "dev" / name, 0o666 | stat.S_IFCHR, os.makedev(major, minor))
        (root / "dev" / name).chmod(0o666)
    (root / "dev/fd").symlink_to("/proc/self/fd")
    (root / "dev/ptmx").symlink_to("pts/ptmx")


def configure(root: Path, hostname: str) -> None:
    """An /etc in which this machine's own units, mounts and journal do not exist."""
    for name in ("etc/systemd", "var/log/journal"):
        shutil.rmtree(root / name, ignore_errors=True)
    (root / "etc/systemd").mkdir()
    journald = "[Journal]\nStorage=volatile\nRateLimitIntervalSec=0\n"
    files = {"fstab": "", "hostname": f"{hostname}\n", "resolv.conf": "", "nsswitch.conf": "hosts: files\n"}
    for name, content in {**files, "systemd/journald.conf": journald}.items():
        (root / "etc" / name).unlink(missing_ok=True)
        (root / "etc" / name).write_text(content)


def main(folder: str, hostname: str, systemd: str, *binds: str) -> None:
    """Builds the root, waits for the caller, and becomes systemd."""
    root = overlay(Path(folder))
    populate(root)
    configure(root, hostname)
    for source, _, target in (item.partition("=") for item in binds):
        bind(Path(source), root / target.lstrip("/"))
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    os.chdir(root)
    (root / ".before").mkdir()
    subprocess.run(["pivot_root", ".", ".before"], check=True)
    os.chdir("/")
    subprocess.run(["umount", "--lazy", "/.before"], check=True)
    print("ready", flush=True)
    if not sys.stdin.readline():
        sys.exit(1)
    os.execve(
        systemd, [systemd, "--system", "systemd.log_target=journal", "systemd.show_status=false"], ENVIRONMENT
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
