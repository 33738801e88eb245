"""Mouth: lips, the open mouth with teeth and tongue, dimples."""

from __future__ import annotations

import torch
from torch import Tensor

from .anatomy import MOUTH_Y, Anatomy
from .canvas import Canvas
from .colours import colour
from .factors import People
from .shapes import bump, cover, soft, step, stroke


def draw_mouth(canvas: Canvas, people: People, body: Anatomy, colours) -> None:
    """Lips along a curve that a smile bends, parted by the open mouth."""
    part = canvas.window(-0.36, 0.16, 0.36, 0.62)
    u, v = part.u - body.turn, part.v
    smile, gape = people.presence("Smiling"), people.presence("Mouth_Open")
    width = body.mouth_width * (1 + 0.28 * smile - 0.1 * gape)
    t = u / width
    rest = (1 - t.square()).clamp_(min=0)
    bend = 0.1 * smile + 0.012
    line = MOUTH_Y + bend * (rest - 0.62)
    slope = -2 * bend * t.clamp(-1, 1) / width
    parted = rest * (0.135 * gape)
    roof, floor = line - 0.3 * parted, line + 0.7 * parted
    plump = 1 + 0.35 * people["lip_thickness"] - 0.08 * smile
    bow = 1 - 0.3 * bump(t, torch.zeros_like(t), 0.3, 1.0)
    top = roof - 0.036 * plump * rest.pow(0.8) * bow
    bottom = floor + 0.05 * plump * rest.pow(0.7)
    steep = torch.sqrt(1 + slope.square())
    lips = (torch.maximum(top - v, v - bottom) / steep).maximum(0.9 * (u.abs() - width))

    part.tint(colours.skin_shade, bump(u, v - bottom - 0.026, width * 0.62, 0.03) * 0.6)
    _dimples(part, u, v, width, smile, colours)
    edge = cover(lips, part.pixel)
    part.tint(_lip_colour(v, line, floor, bottom, t, plump, colours), edge)
    _inside(part, u, v, roof, floor, width, steep, gape, colours)
    seam = stroke(u, v, line, slope, 0.0075 * rest.sqrt() + 0.002)
    closed = (1 - step(gape, 0.05, 0.6)) * step(1.0 - t.abs(), 0.0, 0.12)
    part.tint(colours.lips * 0.42, cover(seam, part.pixel) * closed * 0.9)
    corner = bump(t.abs() - 1, (v - line) / width, 0.14, 0.13)
    part.tint(colours.skin_shade * 0.55, corner * (0.35 + 0.2 * smile))


def _lip_colour(v: Tensor, line: Tensor, floor: Tensor, bottom: Tensor, t: Tensor, plump: Tensor, colours) -> Tensor:
    lips = torch.lerp(colours.lips * 0.8, colours.lips, step(v, line - 0.012, line + 0.012))
    middle = floor + 0.42 * (bottom - floor)
    shine = bump(t, v - middle, 0.5, 0.014) * 0.6
    lips.lerp_(colour("#fff1ec", v.device), shine)
    return lips.lerp_(colours.lips * 0.72, step(v, bottom - 0.016, bottom + 0.006) * 0.5)


def _inside(part: Canvas, u: Tensor, v: Tensor, roof: Tensor, floor: Tensor, width: Tensor, steep: Tensor,
            gape: Tensor, colours) -> None:
    gap = torch.maximum(roof - v, v - floor) / steep
    gap = gap.maximum(0.9 * (u.abs() - width * 0.97))
    shown = cover(gap + 0.003, part.pixel) * step(gape, 0.0, 0.2)
    cavity = torch.lerp(colour("#5a1720", u.device), colour("#2c0a12", u.device), step(v, MOUTH_Y, MOUTH_Y + 0.08))
    tongue = bump(u, v - floor + 0.004, width * 0.75, 0.05)
    cavity = torch.lerp(cavity, colour("#d9666b", u.device), step(tongue, 0.05, 0.5) * 0.92)
    teeth = torch.maximum(v - roof - 0.038 * gape, u.abs() - width * 0.74)
    cavity.lerp_(colour("#fffaf0", u.device), cover(teeth, part.pixel))
    part.tint(cavity, shown)


def _dimples(part: Canvas, u: Tensor, v: Tensor, width: Tensor, smile: Tensor, colours) -> None:
    side = u.abs() - width - 0.035
    down = v - MOUTH_Y + 0.06
    path = 0.03 - 3.0 * down.square()
    fade = (1 - (down / 0.075).square()).clamp_(min=0)
    fold = stroke(down, side, path, -6 * down, 0.006 * fade)
    part.tint(colours.skin_shade * 0.72, soft(fold, 0.022) * fade.sqrt_() * smile * 0.45)
