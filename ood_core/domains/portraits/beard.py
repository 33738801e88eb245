"""Beard and moustache."""

from __future__ import annotations

import torch

from .anatomy import MOUTH_Y, Anatomy
from .canvas import Canvas
from .colours import Colours
from .factors import People
from .shapes import bump, cover, ellipse, soft, step


def draw_beard(canvas: Canvas, people: People, body: Anatomy, colours: Colours) -> None:
    """A full beard that grows in colour and in length; the lips are painted over it later."""
    grown = people.presence("Beard")
    part = canvas.window(-0.56, -0.16, 0.56, 0.86)
    u, v = part.u - 0.4 * body.turn, part.v
    side = (part.u - 0.9 * body.turn).abs()
    longer = 0.07 * step(grown, 0.45, 1.0) * step(v, 0.2, 0.55)
    jaw = body.head(u, v - longer) - 0.012 * step(grown, 0.45, 1.0)
    rise = step(side, 0.2, 0.43)
    dip = 0.04 * bump(side - 0.17, torch.zeros_like(v), 0.1, 1.0)
    cheek = body.nose_y + 0.062 + 0.75 * side.square() + dip - 0.5 * rise
    lips = ellipse(side, v - MOUTH_Y - 0.03, 0.135, 0.055)
    chin_gap = torch.minimum(lips, ellipse(side - 0.09, v - MOUTH_Y - 0.085, 0.045, 0.022))
    edge = soft(cheek - v - 0.008, 0.04) * (1 - 0.75 * soft(chin_gap - 0.01, 0.05))
    strand = torch.sin((u / (0.55 + 0.5 * v)) * 70) * torch.sin(v * 9 + 22 * side)
    colour = torch.lerp(colours.hair, colours.hair_shade * 0.85, step(strand, -1.3, 1.3) * 0.55)
    colour.lerp_(colours.hair_shade * 0.75, soft(-jaw - 0.02, 0.09) * 0.55)
    colour.lerp_(colours.hair_light, bump(u, v - 0.52, 0.2, 0.09) * 0.35)
    part.paint(colour, cover(jaw, part.pixel) * edge * step(grown, 0.0, 0.5) * 0.97)
