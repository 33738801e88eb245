"""What a killed process leaves behind goes with the next one; what somebody writes stays."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ood_core.files import leftovers
from ood_core.files.whole import written_whole

pytest.importorskip("fcntl")

WRITER = """
import sys, time
from pathlib import Path
from ood_core.files.whole import staged_folder, written_whole
with written_whole(Path(sys.argv[1]) / "one.png"), staged_folder(Path(sys.argv[1]) / "two"):
    print("writing", flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def nothing_swept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers, "_swept", set())


def writer(folder: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == b"writing\n"
    return process


def aged(folder: Path) -> list[Path]:
    """The hidden unfinished files of a folder, made two hours old."""
    found = sorted(folder.glob(".ood-*"))
    for path in found:
        os.utime(path, (time.time() - 7200,) * 2)
    return found


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path: Path) -> None:
    process = writer(tmp_path)
    process.kill()
    process.wait()
    assert len(aged(tmp_path)) == 2
    with written_whole(tmp_path / "other.png") as partial:
        assert sorted(tmp_path.glob(".ood-*")) == [partial]


def test_what_another_process_is_writing_stays(tmp_path: Path) -> None:
    process = writer(tmp_path)
    try:
        before = aged(tmp_path)
        with written_whole(tmp_path / "other.png"):
            pass
        assert sorted(tmp_path.glob(".ood-*")) == before
    finally:
        process.kill()
        process.wait()


def test_young_and_foreign_files_stay(tmp_path: Path) -> None:
    (tmp_path / ".ood-abcdefgh.png").touch()
    (tmp_path / ".ood-notes.txt").touch()
    os.utime(tmp_path / ".ood-notes.txt", (0, 0))
    leftovers.sweep(tmp_path)
    assert len(list(tmp_path.glob(".ood-*"))) == 2
