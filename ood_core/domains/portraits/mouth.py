"""Mouth: lips, the open mouth with teeth and tongue, dimples."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .anatomy import MOUTH_Y, Anatomy
from .canvas import Canvas
from .colours import Colours, colour
from .factors import People
from .shapes import bump, cover, soft, step, stroke

_LEVEL = 0.62  # share of a smile's bend that lifts the corners; the rest lowers the middle


@dataclass(frozen=True)
class _Lips:
    """Curves across the mouth, [B, 1, h, w]: where the lips meet, the gap between them, their outer edges."""

    across: Tensor
    rest: Tensor
    line: Tensor
    slope: Tensor
    roof: Tensor
    floor: Tensor
    top: Tensor
    bottom: Tensor


def half_width(people: People, body: Anatomy) -> Tensor:
    """From the middle of the mouth to a corner, [B, 1, 1, 1]."""
    return body.mouth_width * (1 + 0.28 * people.presence("Smiling") - 0.1 * people.presence("Mouth_Open"))


def corner_height(people: People) -> Tensor:
    """Where the lips meet at the corners, [B, 1, 1, 1]."""
    return MOUTH_Y - _LEVEL * _bend(people.presence("Smiling"))


def _bend(smile: Tensor) -> Tensor:
    """How far a smile pulls the corners up."""
    return 0.1 * smile + 0.012


def _shape_lips(u: Tensor, width: Tensor, people: People) -> _Lips:
    smile, gape = people.presence("Smiling"), people.presence("Mouth_Open")
    t = u / width
    rest = (1 - t.square()).clamp_(min=0)
    bend = _bend(smile)
    line = MOUTH_Y + bend * (rest - _LEVEL)
    slope = -2 * bend * t.clamp(-1, 1) / width
    parted = rest * (0.135 * gape)
    roof, floor = line - 0.3 * parted, line + 0.7 * parted
    plump = 1 + 0.35 * people["lip_thickness"] - 0.08 * smile
    bow = 1 - 0.3 * bump(t, torch.zeros_like(t), 0.3, 1.0)
    top = roof - 0.036 * plump * rest.pow(0.8) * bow
    bottom = floor + 0.05 * plump * rest.pow(0.7)
    return _Lips(t, rest, line, slope, roof, floor, top, bottom)


def draw_mouth(canvas: Canvas, people: People, body: Anatomy, colours: Colours) -> None:
    """Lips along a curve that a smile bends, parted by the open mouth."""
    part = canvas.window(-0.36, 0.16, 0.36, 0.62)
    u, v = part.u - body.turn, part.v
    smile, gape = people.presence("Smiling"), people.presence("Mouth_Open")
    width = half_width(people, body)
    lips = _shape_lips(u, width, people)
    part.tint(colours.skin_shade, bump(u, v - lips.bottom - 0.026, width * 0.62, 0.03) * 0.6)
    _dimples(part, u, v, width, smile, colours)
    part.tint(_lip_colour(v, lips, colours), _between(u, v, lips.top, lips.bottom, width, lips, part.pixel))
    inside = _between(u, v, lips.roof + 0.003, lips.floor - 0.003, width * 0.97, lips, part.pixel)
    part.tint(_inside(u, v, width, lips, gape, part.pixel), inside * step(gape, 0.0, 0.2))
    seam = stroke(u, v, lips.line, lips.slope, 0.0075 * lips.rest.sqrt() + 0.002)
    closed = (1 - step(gape, 0.05, 0.6)) * step(1.0 - lips.across.abs(), 0.0, 0.12)
    part.tint(colours.lips * 0.42, cover(seam, part.pixel) * closed * 0.9)
    corner = bump(lips.across.abs() - 1, (v - lips.line) / width, 0.14, 0.13)
    part.tint(colours.skin_shade * 0.55, corner * (0.35 + 0.2 * smile))


def _between(
    u: Tensor, v: Tensor, upper: Tensor, lower: Tensor, width: Tensor, lips: _Lips, pixel: float
) -> Tensor:
    steep = torch.sqrt(1 + lips.slope.square())
    inside = torch.maximum(upper - v, v - lower) / steep
    return cover(inside.maximum(0.9 * (u.abs() - width)), pixel)


def _lip_colour(v: Tensor, lips: _Lips, colours: Colours) -> Tensor:
    lit = torch.lerp(colours.lips * 0.8, colours.lips, step(v, lips.line - 0.012, lips.line + 0.012))
    middle = lips.floor + 0.42 * (lips.bottom - lips.floor)
    lit.lerp_(colour("#fff1ec", v.device), bump(lips.across, v - middle, 0.5, 0.014) * 0.6)
    return lit.lerp_(colours.lips * 0.72, step(v, lips.bottom - 0.016, lips.bottom + 0.006) * 0.5)


def _inside(u: Tensor, v: Tensor, width: Tensor, lips: _Lips, gape: Tensor, pixel: float) -> Tensor:
    depth = step(v, MOUTH_Y, MOUTH_Y + 0.08)
    cavity = torch.lerp(colour("#5a1720", u.device), colour("#2c0a12", u.device), depth)
    tongue = bump(u, v - lips.floor + 0.004, width * 0.75, 0.05)
    cavity = torch.lerp(cavity, colour("#d9666b", u.device), step(tongue, 0.05, 0.5) * 0.92)
    teeth = torch.maximum(v - lips.roof - 0.038 * gape, u.abs() - width * 0.74)
    return cavity.lerp_(colour("#fffaf0", u.device), cover(teeth, pixel))


def _dimples(part: Canvas, u: Tensor, v: Tensor, width: Tensor, smile: Tensor, colours: Colours) -> None:
    side = u.abs() - width - 0.035
    down = v - MOUTH_Y + 0.06
    path = 0.03 - 3.0 * down.square()
    fade = (1 - (down / 0.075).square()).clamp_(min=0)
    fold = stroke(down, side, path, -6 * down, 0.006 * fade)
    part.tint(colours.skin_shade * 0.72, soft(fold, 0.022) * fade.sqrt_() * smile * 0.45)
