"""Faces that somebody marked, as JSON."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import torch

from ..errors import FaceError
from ..files.texts import read_json
from .faces import Faces

FOR_ALL = ""
"""The name that stands for every picture, in what `read_landmarks` gives."""

_FORM = 'write {"picture.jpg": [[[x, y], … five points …], … faces …]}, or only the list for every picture'


def read_landmarks(path: str | os.PathLike[str]) -> Mapping[str, Faces]:
    """Read the landmarks of faces, in pixels of their pictures; see `LANDMARKS` for the order.

    Args:
        path: a JSON file, ``{"picture.jpg": [face, …], …}``, or ``[face, …]`` for every picture; a face is
            five points ``[x, y]``. The first face counts as the surest.

    Returns:
        Name of a picture's file → its faces; those for every picture under `FOR_ALL`.

    Raises:
        FaceError: if the file cannot be read, is not JSON, or has another form.
    """
    data = read_json(path, FaceError, _FORM)
    named = data if isinstance(data, dict) else {FOR_ALL: data}
    return {name: _faces(faces, f"{path}: {name}" if name else str(path)) for name, faces in named.items()}


def _faces(data: Any, where: str) -> Faces:
    try:
        points = torch.tensor(data, dtype=torch.float32)
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        raise FaceError(f"{where}: these are no faces; {_FORM}") from error
    if points.ndim != 3 or points.shape[1:] != (5, 2) or not bool(torch.isfinite(points).all()):
        raise FaceError(f"{where}: a face is five points of two finite numbers; {_FORM}")
    boxes = torch.cat([points.amin(dim=1), points.amax(dim=1)], dim=1)
    return Faces(boxes, torch.ones(len(points)), points)
