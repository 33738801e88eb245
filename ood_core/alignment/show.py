"""What was found in a picture, drawn on it for people to look at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from ..files.levels import from_uint8, to_uint8
from ..images import Box, strips_of
from .align import Alignment
from .crop import Place
from .faces import Faces

_SQUARE, _BOX = (90, 220, 255), (0, 242, 102)
_MARKS = ((255, 25, 25), (25, 255, 25), (51, 76, 255), (255, 242, 25), (25, 255, 255))


def draw_faces(picture: Tensor, faces: Faces) -> Tensor:
    """Draw a frame around every face and a dot on every landmark, each of the five in a colour of its own.

    Args:
        picture: [1, 3, H, W] in [-1, 1]; not changed.
        faces: what was found in it.

    Returns:
        [1, 3, H, W] in [-1, 1], of 8 bits.
    """
    drawn, width = _canvas(picture)
    draw = ImageDraw.Draw(drawn)
    for box, points in zip(faces.boxes.tolist(), faces.landmarks.tolist(), strict=True):
        left, top, right, bottom = box
        corners = ((left, top), (right, top), (right, bottom), (left, bottom), (left, top))
        draw.line(corners, _BOX, 2 * width)
        dot = max(1.0, (right - left) / 40)
        for colour, (x, y) in zip(_MARKS, points, strict=True):
            draw.rectangle((x - dot, y - dot, x + dot, y + dot), colour)
    return _picture(drawn, picture)


def draw_squares(picture: Tensor, places: Sequence[Place]) -> Tensor:
    """Draw the part that each crop is cut from, with a tick at its upper side.

    Args:
        picture: [1, 3, H, W] in [-1, 1]; not changed.
        places: where the crops lie.

    Returns:
        [1, 3, H, W] in [-1, 1], of 8 bits.
    """
    drawn, width = _canvas(picture)
    draw = ImageDraw.Draw(drawn)
    for place in places:
        a, b, c, d, e, f = _to_picture(place)
        ends = ((0, 0), (0.5, 0), (0.5, 0.04), (0.5, 0), (1, 0), (1, 1), (0, 1), (0, 0))
        draw.line([(a * x + b * y + c, d * x + e * y + f) for x, y in ends], _SQUARE, width)
    return _picture(drawn, picture)


def _to_picture(place: Place) -> tuple[float, ...]:
    """From the unit square to the picture."""
    if isinstance(place, Alignment):
        return place.to_picture(1)
    box: Box = place
    return box.width, 0, box.left, 0, box.height, box.top


def _canvas(picture: Tensor) -> tuple[Image.Image, int]:
    """The picture to draw on, and the width of thin lines."""
    return Image.fromarray(to_uint8(picture)[0]), max(1, round(max(picture.shape[2:]) / 400))


def _picture(drawn: Image.Image, like: Tensor) -> Tensor:
    width, height = drawn.size
    strips = [drawn.crop((0, rows.start, width, rows.stop)) for rows in strips_of((height, width))]
    return torch.cat([from_uint8(np.asarray(strip)[None]) for strip in strips], dim=2).to(like.device)
