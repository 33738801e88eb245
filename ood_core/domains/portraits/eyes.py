"""Eyes and eyebrows. Both sides are painted at once, mirrored; only gaze and glints are not mirrored."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .anatomy import BROW_Y, EYE_Y, Anatomy
from .canvas import Canvas
from .colours import CREAM, INK, Colours, colour
from .factors import People
from .shapes import bump, cover, disc, soft, step, stroke


@dataclass(frozen=True)
class _Eye:
    """Both eyes at once: distances outward and down from the middle of an eye, and its lids, [B, 1, h, w]."""

    out: Tensor
    down: Tensor
    top: Tensor
    bottom: Tensor
    opening: Tensor
    slope: Tensor
    steep: Tensor


def _open_eye(u: Tensor, v: Tensor, people: People, body: Anatomy) -> _Eye:
    out = u.abs() - body.eye_x
    tilt = 0.14 * people["eye_tilt"] + 0.06
    narrow = people.presence("Narrow_Eyes")
    upper = body.eye_height * (1 - 0.58 * narrow)
    lower = body.eye_height * 0.6 * (1 - 0.5 * narrow)
    t = (out / body.eye_width).square()
    arch = 1 - t * (0.7 + 0.3 * t)
    slope = (2.4 * out / body.eye_width.square() * upper).clamp_(-2, 2)
    steep = torch.sqrt(1 + slope.square())
    return _Eye(out, v - EYE_Y + tilt * out, -upper * arch, lower * (1 - t), upper, slope, steep)


def draw_eyes(canvas: Canvas, people: People, body: Anatomy, colours: Colours) -> None:
    """Sockets, eyeballs, irises, lids and lashes."""
    part = canvas.window(-0.42, -0.2, 0.42, 0.17)
    u = part.u - body.turn
    eye = _open_eye(u, part.v, people, body)
    across = torch.where(u > 0, eye.out, -eye.out) - 0.024 * people["gaze"]
    gap = torch.maximum(eye.top - eye.down, eye.down - eye.bottom) / eye.steep
    part.tint(colours.skin_shade, bump(eye.out, eye.down + 0.03, body.eye_width * 1.5, 0.12) * 0.45)
    ball = _eyeball(eye, across, part.pixel, people["light_direction"], body, colours)
    part.tint(ball, cover(gap, part.pixel))
    _lids(part, eye, body, colours)


def _eyeball(
    eye: _Eye, across: Tensor, pixel: float, light: Tensor, body: Anatomy, colours: Colours
) -> Tensor:
    radius = body.eye_height * 0.86
    centre = disc(across, eye.down + 0.008, 0.0)
    white = colour("#fffaf3", across.device)
    shaded = soft(eye.out.abs() - body.eye_width * 0.5, -0.16) * 0.3
    ball = torch.lerp(white.expand_as(colours.skin), colours.skin_shade, shaded)
    ball.lerp_(_iris(centre, radius, eye.down, pixel, colours), cover(centre - radius, pixel))
    lid = (eye.top - eye.down) / eye.steep
    ball.lerp_(colour("#5b3a3a", across.device), soft(-lid - 0.012, 0.05) * 0.55)
    glint = disc(across - 0.022 * light - 0.004, eye.down + 0.03, radius * 0.27)
    ball.lerp_(colour("#ffffff", across.device), cover(glint, pixel))
    glow = disc(across + 0.02 * light, eye.down - 0.018, radius * 0.13)
    return ball.lerp_(colour("#ffffff", across.device), cover(glow, pixel) * 0.7)


def _iris(centre: Tensor, radius: Tensor, down: Tensor, pixel: float, colours: Colours) -> Tensor:
    bright = torch.lerp(colours.iris, colour(CREAM, down.device), 0.45)
    iris = torch.lerp(colours.iris, bright, step(down, -0.01, 0.045) * 0.9)
    iris = torch.lerp(iris, colours.iris * 0.4, soft(radius - centre, 0.022))
    return iris.lerp_(colour("#140d10", down.device), cover(centre - radius * 0.46, pixel))


def _lids(part: Canvas, eye: _Eye, body: Anatomy, colours: Colours) -> None:
    ink = torch.lerp(colour(INK, eye.out.device), colours.brow, 0.25)
    t = eye.out / body.eye_width
    reach = (1.12 - t.square()).clamp_(min=0).clamp_(max=1)
    lash = stroke(eye.out, eye.down, eye.top, eye.slope, (0.0125 + 0.006 * t.clamp(-1, 1)) * reach)
    part.tint(ink, cover(lash, part.pixel) * step(1.2 - t.abs(), 0.0, 0.2))
    under = stroke(eye.out, eye.down, eye.bottom, eye.slope, 0.004 * reach)
    part.tint(colours.skin_shade * 0.7, soft(under, 0.012) * step(1.1 - t.abs(), 0.0, 0.3) * 0.75)
    crease = stroke(eye.out, eye.down, eye.top - 0.022 - 0.1 * eye.opening, eye.slope, 0.003 * reach)
    part.tint(colours.skin_shade * 0.78, soft(crease, 0.013) * step(1.05 - t.abs(), 0.0, 0.4) * 0.75)


def draw_brows(canvas: Canvas, people: People, body: Anatomy, colours: Colours) -> None:
    """Eyebrows: a tapering stroke, thick and ragged where they are bushy."""
    part = canvas.window(-0.44, -0.36, 0.44, -0.02)
    u = part.u - body.turn
    bushy = people.presence("Bushy_Eyebrows")
    length = 0.128 + 0.014 * bushy
    out = u.abs() - body.eye_x - 0.008
    t = out / length
    arch = 0.03 + 0.016 * people["brow_arch"]
    lean = 0.04 * people["brow_angle"]
    height = BROW_Y - arch * (1 - (t - 0.25).square()) + arch - 0.02 + lean * -t * 0.5
    slope = 2 * arch * (t - 0.25) / length - lean * 0.5 / length
    body_of = (1 - t.square()).clamp_(min=0).sqrt_() * (1 - 0.42 * t)
    ragged = 1 + 0.1 * bushy * torch.sin(out * 150 + (part.v - height) * 110)
    thickness = (0.0125 + 0.0045 * people["brow_thickness"] + 0.031 * bushy) * body_of * ragged
    brow = stroke(out, part.v, height, slope, thickness)
    edge = 0.012 + 0.004 * bushy
    density = 0.78 + 0.2 * bushy
    part.tint(colours.brow, soft(brow, edge) * density * step(1.02 - t.abs(), 0.0, 0.06))
