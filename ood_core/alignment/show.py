"""Where crops lie in a picture, drawn on it for people to look at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw
from torch import Tensor

from ..files.levels import from_uint8, to_uint8
from .align import Alignment

_COLOUR = (90, 220, 255)


def draw_squares(picture: Tensor, alignments: Sequence[Alignment]) -> Tensor:
    """Draw the square that each crop is cut from, with a tick at its upper side.

    Args:
        picture: [1, 3, H, W] in [-1, 1]; not changed.
        alignments: where the crops lie.

    Returns:
        [1, 3, H, W] in [-1, 1], of 8 bits.
    """
    drawn = Image.fromarray(to_uint8(picture)[0])
    draw, width = ImageDraw.Draw(drawn), max(1, round(max(picture.shape[2:]) / 400))
    for alignment in alignments:
        a, b, c, d, e, f = alignment.to_picture(1)
        ends = ((0, 0), (0.5, 0), (0.5, 0.04), (0.5, 0), (1, 0), (1, 1), (0, 1), (0, 0))
        draw.line([(a * x + b * y + c, d * x + e * y + f) for x, y in ends], _COLOUR, width)
    return from_uint8(np.asarray(drawn)[None]).to(picture.device)
