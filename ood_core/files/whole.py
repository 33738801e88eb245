"""Files that appear under their name whole, or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A path to write to, beside the file, that takes the file's place once everything went well.

    Where something goes wrong, or the process is stopped, whatever had the file's name before is still there.
    The name given is of few letters, whatever the file's own, and ends as the file's does.

    Args:
        path: the file; replaced if it is there.

    Raises:
        OSError: as writing to the folder does.
    """
    handle, name = tempfile.mkstemp(prefix=".ood-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    partial = Path(name)
    try:
        yield partial
        partial.chmod(0o666 & ~_umask())  # mkstemp's files are for their owner alone
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _umask() -> int:
    """What new files may not grant; the system tells it only to those who set it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


@contextmanager
def staged_folder(folder: Path) -> Iterator[Path]:
    """A folder beside another whose files move into it when all went well, and vanish when not.

    The list of contents, a JSON file, moves last: until it is there the others are not looked at.

    Args:
        folder: made where it is not there; files of the same names are replaced, others left alone.

    Raises:
        OSError: as writing to the folder does.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".ood-") as partial:
        yield Path(partial)
        folder.mkdir(exist_ok=True)
        for path in sorted(Path(partial).iterdir(), key=lambda path: path.suffix == ".json"):
            os.replace(path, folder / path.name)
