"""Unfinished files of killed processes: locked while somebody writes them, swept away afterwards."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

PREFIX = ".ood-"
"""What the names of unfinished files and folders begin with."""

_NAME = re.compile(r"\.ood-[a-z0-9_]{8}(\.\w+)?")  # as tempfile makes them
_OLD = 3600.0  # seconds: where another machine's locks are not seen, its age tells what is abandoned
_swept: set[Path] = set()


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock on a file or folder, which ends with the process; where there are no locks, nothing."""
    try:
        import fcntl
    except ModuleNotFoundError:  # Windows, where files in use can't be removed
        yield
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some network folders know no locks
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def sweep(folder: Path) -> None:
    """Remove what killed processes left in a folder, once a process; what is locked or young stays."""
    if folder in _swept:
        return
    _swept.add(folder)
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            if _NAME.fullmatch(entry.name) and _abandoned(entry):
                _remove(Path(entry.path))


def _abandoned(entry: os.DirEntry[str]) -> bool:
    try:
        import fcntl

        if time.time() - entry.stat(follow_symlinks=False).st_mtime < _OLD or entry.is_symlink():
            return False
        handle = os.open(entry.path, os.O_RDONLY | os.O_NONBLOCK)
    except (ModuleNotFoundError, OSError):
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
