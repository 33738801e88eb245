"""Shoulders and what covers them."""

from __future__ import annotations

import torch
from torch import Tensor

from .anatomy import Anatomy
from .canvas import Canvas
from .colours import Colours
from .factors import People
from .shapes import cover, smooth_intersection, soft, step


def draw_clothes(canvas: Canvas, people: People, body: Anatomy, colours: Colours) -> None:
    """A garment with a trimmed neckline, round to deep."""
    part = canvas.window(-1.0, 0.5, 1.0, 1.0)
    x = part.x - 0.3 * body.turn
    side = x.abs()
    reach = 0.82 + 0.09 * people["shoulder_width"]
    slope = 0.23 * step(side, body.neck_width, reach) + 3 * (side - reach + 0.1).clamp(min=0).square()
    shoulder = 0.655 + 0.815 * slope - part.y
    opening = _neckline(side, part.y, people, body)
    cloth = smooth_intersection(shoulder, -opening, 0.03)
    lit = 0.9 * x * people["light_direction"] - 0.9 * (part.y - 0.78)
    colour = torch.lerp(colours.clothes, colours.clothes_shade, step(-lit, -0.25, 0.55) * 0.8)
    shine = soft((shoulder + 0.03).abs() - 0.005, 0.07) * step(lit, -0.3, 0.5) * 0.7
    colour.lerp_(colours.clothes_light, shine)
    sleeve = soft((side - 0.52 - 0.25 * (0.9 - part.y)).abs() - 0.002, 0.03) * step(part.y, 0.74, 0.86)
    colour.lerp_(colours.clothes_shade * 0.9, sleeve * 0.4)
    colour.lerp_(colours.trim, cover(opening.abs() - 0.026, part.pixel))
    colour.lerp_(colours.clothes_shade * 0.8, soft((opening - 0.03).abs() - 0.003, 0.018) * 0.5)
    part.tint(colours.skin_shade * 0.85, soft(cloth, 0.08) * 0.5)
    part.paint(colour, cover(cloth, part.pixel))


def _neckline(side: Tensor, y: Tensor, people: People, body: Anatomy) -> Tensor:
    depth = people.unit("neckline")
    half = body.neck_width + 0.035
    t = side / half
    hole = 0.72 + 0.11 * depth - (0.05 + 0.1 * depth) * t.square() * (0.6 + 0.4 * t)
    return torch.maximum(y - hole, side - half - 0.03) * 0.72
