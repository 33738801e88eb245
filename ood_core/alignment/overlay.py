"""Faces made visible: what was found, drawn onto the picture."""

from __future__ import annotations

import torch
from torch import Tensor

from .faces import Faces

_BOX = (-1.0, 0.9, -0.2)
_MARKS = ((1.0, -0.8, -0.8), (-0.8, 1.0, -0.8), (-0.6, -0.4, 1.0), (1.0, 0.9, -0.8), (-0.8, 1.0, 1.0))


def draw_faces(picture: Tensor, faces: Faces) -> Tensor:
    """Draw a frame around every face and a dot on every landmark, each of the five in a colour of its own.

    Args:
        picture: [1, 3, H, W] in [-1, 1]; not changed.
        faces: what was found in it.

    Returns:
        [1, 3, H, W].
    """
    drawn = picture.clone()
    thick = max(1.0, max(picture.shape[2:]) / 400)
    for box, points in zip(faces.boxes.tolist(), faces.landmarks.tolist(), strict=True):
        left, top, right, bottom = box
        for edge in ((left, top, right, top), (left, bottom, right, bottom), (left, top, left, bottom),
                     (right, top, right, bottom)):  # fmt: skip
            x0, y0, x1, y1 = edge
            _fill(drawn, (x0 - thick, y0 - thick, x1 + thick, y1 + thick), _BOX)
        dot = max(1.0, (right - left) / 40)
        for colour, (x, y) in zip(_MARKS, points, strict=True):
            _fill(drawn, (x - dot, y - dot, x + dot, y + dot), colour)
    return drawn


def _fill(picture: Tensor, box: tuple[float, ...], colour: tuple[float, ...]) -> None:
    """Paint the pixels whose centres lie in a box."""
    height, width = picture.shape[2:]
    left, top, right, bottom = (round(edge) for edge in box)
    rows, columns = (
        slice(max(top, 0), max(min(bottom, height), 0)),
        slice(max(left, 0), max(min(right, width), 0)),
    )
    picture[..., rows, columns] = torch.tensor(colour).to(picture)[:, None, None]
