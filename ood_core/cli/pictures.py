"""Folders of pictures as crops, for commands that learn from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ImageError, NoFaceError
from .console import note
from .inputs import collect

if TYPE_CHECKING:
    from ..alignment import Aligning, Crop
    from ..bundle import Bundle


def crops_in(inputs: Sequence[Path], bundle: Bundle, align: Aligning) -> list[Crop]:
    """The largest face of every picture, or its centred square where the bundle has no face frame.

    Pictures without a face are left out, with a note.

    Raises:
        ImageError: if a folder holds no picture, or one cannot be read.
        NoFaceError: if none of the pictures shows a face.
    """
    from ..files.pictures import load_image
    from ..pipeline import find_crops

    paths, problems = collect(inputs)
    if problems:
        raise ImageError(problems[0])
    crops: list[Crop] = []
    faceless = []
    for path in paths:
        try:
            found = find_crops(load_image(path), bundle, "largest", align)
        except NoFaceError:
            faceless.append(path)
            continue
        crops += [replace(crop, number=len(crops)) for crop in found]
    if not crops:
        names = ", ".join(str(path) for path in inputs)
        raise NoFaceError(f"{names}: no face was found in any picture; --align never takes centred squares")
    if faceless:
        note(f"left out, as no face was found there: {', '.join(path.name for path in faceless)}")
    return crops
