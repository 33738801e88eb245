"""Where the parts of a drawn face lie in its picture: what detectors are measured against."""

from __future__ import annotations

import torch
from torch import Tensor

from .anatomy import EYE_Y, TILT, measure
from .canvas import LEFT, RIGHT, TOP, to_picture
from .factors import People
from .mouth import corner_height, half_width

_FOREHEAD = -0.46  # a face's box reaches from the hairline to the chin


def landmarks(factors: Tensor, resolution: int = 128) -> Tensor:
    """The middles of both eyes, the tip of the nose, the corners of the mouth.

    Args:
        factors: [B, K].
        resolution: side of the picture, R.

    Returns:
        (x, y) in pixels, [B, 5, 2]; (0, 0) is the picture's top left corner. The order is that of the
        detectors: eye on the picture's left, on its right, nose, mouth corner left, right.

    Raises:
        ShapeError: if ``factors`` is not [B, K].
    """
    people = People(factors.float())
    body = measure(people)
    eye_y = EYE_Y - 0.12 * body.eye_height  # lids open further up than down
    width, corner = half_width(people, body), corner_height(people)
    turn = body.turn
    u = [turn - body.eye_x, turn + body.eye_x, 1.25 * turn, turn - width, turn + width]
    v = [eye_y, eye_y, body.nose_y - 0.025, corner, corner]
    return _pixels(torch.cat(u, dim=1), torch.cat(v, dim=1), people, resolution)


def face_outlines(factors: Tensor, resolution: int = 128) -> Tensor:
    """The ellipse of each face, from hairline to chin, without ears: centre and the ends of its half axes.

    Returns:
        (x, y) in pixels of centre, right end and lower end, [B, 3, 2].
    """
    people = People(factors.float())
    body = measure(people)
    u, v = 0.4 * body.turn, (_FOREHEAD + body.chin_y) / 2
    half_height = (body.chin_y - _FOREHEAD) / 2
    across = torch.cat([u, u + body.head_width, u], dim=1)
    return _pixels(across, torch.cat([v, v, v + half_height], dim=1), people, resolution)


def _pixels(u: Tensor, v: Tensor, people: People, resolution: int) -> Tensor:
    """Head coordinates [B, P, 1, 1] as pixels [B, P, 2]."""
    x, y = to_picture(u, v, TILT * people["tilt"])
    pixel = (RIGHT - LEFT) / resolution
    return torch.stack([(x - LEFT) / pixel, (y - TOP) / pixel], dim=-1)[:, :, 0, 0]
