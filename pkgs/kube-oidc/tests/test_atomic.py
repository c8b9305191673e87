"""Files are replaced in one piece; what is no file is never replaced."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from threading import Thread

import pytest
from kube_oidc.commands.atomic import write


def test_the_old_file_is_replaced_and_no_other_file_is_left(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    write(path, "new", 0o600)
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "folder" / "link"
    link.parent.mkdir()
    link.symlink_to(Path("..") / "target")
    write(link, "first", 0o600)
    write(link, "second", 0o600)
    assert link.is_symlink()
    assert target.read_text() == "second"
    assert not target.is_symlink()


def test_a_pipe_gets_the_text_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()
    write(pipe, "text", 0o600)
    reader.join(10)
    assert read == ["text"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_folder_is_no_place_for_text(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        write(tmp_path, "text", 0o600)


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write(path, "\ud800", 0o600)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
