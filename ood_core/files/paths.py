"""Whether a path names a file that can be read, asked before anything waits for it."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable

_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_FAULTS = {
    errno.ENOENT: "there is no such file",
    errno.ENOTDIR: "there is no such file",
    errno.EACCES: "no permission to read it",
    errno.ELOOP: "is a link that leads back to itself",
    errno.ENAMETOOLONG: "the name is too long for a file",
}


def unreadable(path: str | os.PathLike[str]) -> str | None:
    """Why a path cannot be read as a file, in words; None where it can.

    A named pipe would keep its reader waiting for ever and a device may never end: both are refused by what
    they are, before they are opened.
    """
    if not os.fspath(path):
        return "an empty name names no file"
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        if error.errno == errno.ENOENT and os.path.islink(path):
            return "is a link to a file that is not there"
        return fault(error)
    except ValueError:  # a zero byte
        return "is no name of a file"
    for is_kind, kind in _KINDS:
        if is_kind(mode):
            return f"is {kind}, not a file"
    return None if os.access(path, os.R_OK) else _FAULTS[errno.EACCES]


def fault(error: OSError) -> str:
    """An error of the file system in a few plain words."""
    return _FAULTS.get(error.errno or 0, f"cannot be read ({error.strerror or error})")
