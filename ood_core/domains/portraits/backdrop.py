"""The plain wall behind a person."""

from __future__ import annotations

import torch
from torch import Tensor

from .canvas import Canvas
from .colours import CREAM, Colours, colour
from .factors import People
from .shapes import step


def paint_backdrop(canvas: Canvas, people: People, colours: Colours) -> Tensor:
    """A soft gradient with a glow behind the head and darker corners: [B, 3, H, W] in [0, 1]."""
    light = people["light_direction"]
    fall = step(0.5 * canvas.y - 0.3 * light * canvas.x, -0.6, 0.7)
    wall = torch.lerp(colours.backdrop, colours.backdrop_far, fall)
    glow = (canvas.x - 0.15 * light).square() + (canvas.y + 0.15).square()
    wall.lerp_(colour(CREAM, wall.device), (1 - glow).clamp_(min=0).square_() * 0.3)
    return wall.lerp_(colours.backdrop_far * 0.82, step(glow, 0.6, 2.2) * 0.4)
