"""Eyes and eyebrows. Both sides are painted at once, mirrored; only gaze and glints are not mirrored."""

from __future__ import annotations

import torch
from torch import Tensor

from .anatomy import BROW_Y, EYE_Y, Anatomy
from .canvas import Canvas
from .colours import CREAM, INK, Colours, colour
from .factors import People
from .shapes import bump, cover, disc, soft, step, stroke


def draw_eyes(canvas: Canvas, people: People, body: Anatomy, colours: Colours) -> None:
    """Sockets, eyeballs, irises, lids and lashes."""
    part = canvas.window(-0.42, -0.2, 0.42, 0.17)
    u = part.u - body.turn
    out = u.abs() - body.eye_x
    tilt = 0.14 * people["eye_tilt"] + 0.06
    down = part.v - EYE_Y + tilt * out
    narrow = people.presence("Narrow_Eyes")
    upper = body.eye_height * (1 - 0.58 * narrow)
    lower = body.eye_height * 0.6 * (1 - 0.5 * narrow)
    t = (out / body.eye_width).square()
    arch = 1 - t * (0.7 + 0.3 * t)
    top, bottom = -upper * arch, lower * (1 - t)
    slope = (2.4 * out / body.eye_width.square() * upper).clamp_(-2, 2)
    steep = torch.sqrt(1 + slope.square())
    lid = (top - down) / steep
    gap = torch.maximum(lid, (down - bottom) / steep)

    part.tint(colours.skin_shade, bump(out, down + 0.03, body.eye_width * 1.5, 0.12) * 0.45)
    inside = cover(gap, part.pixel)
    part.tint(_eyeball(part, u, out, down, lid, people, body, colours), inside)
    _lids(part, out, down, top, bottom, upper, slope, body, colours)


def _eyeball(part: Canvas, u: Tensor, out: Tensor, down: Tensor, lid: Tensor, people: People, body: Anatomy,
             colours: Colours) -> Tensor:
    look = 0.024 * people["gaze"]
    across = torch.where(u > 0, out, -out) - look
    radius = body.eye_height * 0.86
    centre = disc(across, down + 0.008, 0.0)
    white = colour("#fffaf3", u.device).expand(u.shape[0], 3, 1, 1)
    ball = torch.lerp(white, colours.skin_shade, soft(out.abs() - body.eye_width * 0.5, -0.16) * 0.3)
    iris = torch.lerp(colours.iris, torch.lerp(colours.iris, colour(CREAM, u.device), 0.45),
                      step(down, -0.01, 0.045) * 0.9)
    iris = torch.lerp(iris, colours.iris * 0.4, soft(radius - centre, 0.022))
    iris.lerp_(colour("#140d10", u.device), cover(centre - radius * 0.46, part.pixel))
    ball.lerp_(iris, cover(centre - radius, part.pixel))
    ball.lerp_(colour("#5b3a3a", u.device), soft(-lid - 0.012, 0.05) * 0.55)
    light = people["light_direction"]
    glint = disc(across - 0.022 * light - 0.004, down + 0.03, 0.0)
    ball.lerp_(colour("#ffffff", u.device), cover(glint - radius * 0.27, part.pixel))
    glow = disc(across + 0.02 * light, down - 0.018, 0.0)
    return ball.lerp_(colour("#ffffff", u.device), cover(glow - radius * 0.13, part.pixel) * 0.7)


def _lids(part: Canvas, out: Tensor, down: Tensor, top: Tensor, bottom: Tensor, upper: Tensor, slope: Tensor,
          body: Anatomy, colours: Colours) -> None:
    ink = torch.lerp(colour(INK, out.device), colours.brow, 0.25)
    t = out / body.eye_width
    reach = (1.12 - t.square()).clamp_(min=0).clamp_(max=1)
    lash = stroke(out, down, top, slope, (0.0125 + 0.006 * t.clamp(-1, 1)) * reach)
    part.tint(ink, cover(lash, part.pixel) * step(1.2 - t.abs(), 0.0, 0.2))
    under = stroke(out, down, bottom, slope, 0.004 * reach)
    part.tint(colours.skin_shade * 0.7, soft(under, 0.012) * step(1.1 - t.abs(), 0.0, 0.3) * 0.75)
    crease = stroke(out, down, top - 0.022 - 0.1 * upper, slope, 0.003 * reach)
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
