"""Files that appear under their name whole, or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import ImageError
from .leftovers import PREFIX, locked, sweep

_TO_PLACE = f"{PREFIX}to-place"  # no name that `sweep` knows: what is in it may be the only copy


@contextmanager
def written_whole(path: Path, overwrite: bool = True) -> Iterator[Path]:
    """A path to write to, beside the file, that takes the file's place once everything went well.

    Where something goes wrong, or the process is stopped, whatever had the file's name before is still there.
    The name given is of few letters, whatever the file's own, and ends as the file's does.

    Args:
        path: the file.
        overwrite: replace it if it is there. If not, only one of several processes that write it at the
            same time succeeds.

    Raises:
        FileExistsError: if the file is there and `overwrite` is false.
        OSError: as writing to the folder does.
    """
    sweep(path.parent)
    handle, name = tempfile.mkstemp(prefix=PREFIX, suffix=path.suffix, dir=path.parent)
    os.close(handle)
    partial = Path(name)
    try:
        with locked(partial):
            yield partial
        partial.chmod(0o666 & ~_umask())  # mkstemp's files are for their owner alone
        if overwrite:
            os.replace(partial, path)
        else:
            _placed(partial, path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def written_result(path: Path, overwrite: bool) -> Iterator[Path]:
    """`written_whole` for results: a plain line says if the name is taken, now or when all is written.

    Raises:
        ImageError: if the file is there and `overwrite` is false.
        OSError: as writing to the folder does.
    """
    taken = f"{path}: already exists; choose another name, or allow overwriting (--force)"
    if os.path.lexists(path) and not overwrite:
        raise ImageError(taken)
    try:
        with written_whole(path, overwrite) as partial:
            yield partial
    except FileExistsError as error:
        raise ImageError(taken) from error


def _placed(partial: Path, path: Path) -> None:
    """Give a finished file its name, unless the name is taken: looking first would leave a gap for others."""
    if os.name == "nt":
        os.rename(partial, path)  # never replaces a file there
        return
    try:
        os.link(partial, path)
    except FileExistsError:
        raise
    except OSError:  # no hard links, as on memory cards: an empty file claims the name
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        os.replace(partial, path)


def _umask() -> int:
    """What new files may not grant; the system tells it only to those who set it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


@contextmanager
def staged_folder(folder: Path) -> Iterator[Path]:
    """A folder beside another whose files move into it when all went well, and vanish when not.

    Once they are all written they move into the folder together, and there take their names one by one. Who
    is killed in between leaves that to `finish_placing`: neither the old files nor the new are lost.

    Args:
        folder: made where it is not there; files of the same names are replaced, others left alone.

    Raises:
        OSError: as writing to the folder does.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    sweep(folder.parent)
    finish_placing(folder)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=PREFIX) as partial:
        with locked(Path(partial)):
            yield Path(partial)
        folder.mkdir(exist_ok=True)
        os.rename(partial, folder / _TO_PLACE)
        finish_placing(folder)


def finish_placing(folder: Path) -> None:
    """Give the files of a finished `staged_folder` their names, where somebody was killed doing it.

    The list of contents, a JSON file, comes last: until it is there the others are not looked at.

    Raises:
        OSError: if the folder cannot be written to.
    """
    ready = folder / _TO_PLACE
    if not ready.is_dir():
        return
    for path in sorted(ready.iterdir(), key=lambda path: path.suffix == ".json"):
        with contextlib.suppress(FileNotFoundError):  # somebody else is finishing, too
            os.replace(path, folder / path.name)
    with contextlib.suppress(OSError):
        ready.rmdir()
