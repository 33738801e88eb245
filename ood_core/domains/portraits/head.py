"""Head, ears, neck, nose, and the marks of age."""

from __future__ import annotations

import torch
from torch import Tensor

from .anatomy import CRANIUM_Y, EYE_Y, Anatomy
from .canvas import Canvas
from .colours import Colours
from .factors import People
from .shapes import bump, cover, ellipse, soft, step, stroke


def draw_neck(canvas: Canvas, people: People, body: Anatomy, colours: Colours) -> None:
    """Neck, in the shadow of the chin."""
    part = canvas.window(-0.5, 0.25, 0.5, 1.0)
    lean = 0.5 * body.turn
    flare = step(part.y, 0.55, 0.85) * 0.12
    side = (part.x - lean).abs() - body.neck_width - flare
    light = people["light_direction"]
    neck = torch.lerp(
        colours.skin, colours.skin_shade, 0.25 + 0.2 * step(-(part.x - lean) * light, -0.1, 0.25)
    )
    shadow = soft(body.head(part.u - 0.4 * body.turn, part.v - 0.07), 0.2)
    neck = torch.lerp(neck, colours.skin_shade * 0.86, shadow * 0.85)
    part.paint(neck, cover(side, part.pixel))


def draw_ears(canvas: Canvas, people: People, body: Anatomy, colours: Colours) -> None:
    """Both ears; turning the head hides one."""
    part = canvas.window(-0.64, -0.3, 0.64, 0.4)
    size = 1 + 0.18 * people["ear_size"]
    side = part.u.sign()
    out = (part.u.abs() - body.head_width * 0.985 + side * body.turn * 0.7) / size
    down = (part.v - 0.05) / size
    ear = ellipse(out + 0.1 * down, down, 0.068, 0.115) * size
    hollow = bump(out - 0.008 + 0.1 * down, down + 0.01, 0.045, 0.085)
    part.paint(torch.lerp(colours.skin, colours.skin_shade, 0.22 + 0.6 * hollow), cover(ear, part.pixel))


def draw_head(canvas: Canvas, people: People, body: Anatomy, colours: Colours, fringe: Tensor) -> None:
    """The face without its features: skin under a dome of light, blush, the shadow ``fringe`` of the hair."""
    part = canvas.window(-0.56, -0.72, 0.56, 0.76)
    u = part.u - 0.4 * body.turn
    rim = body.head(u, part.v)
    across, along = u / body.head_width, (part.v - CRANIUM_Y - 0.1) / 0.66
    facing = (1 - across.square() - along.square()).clamp_(min=0.02).sqrt_()
    light = 0.75 * facing + 0.46 * people["light_direction"] * across - 0.25 * along
    skin = torch.lerp(colours.skin, colours.skin_shade, step(-light, -0.55, 0.12) * 0.8)
    skin.lerp_(colours.skin_light, step(light, 0.62, 1.0) * 0.4)
    _blush(skin, u - 0.6 * body.turn, part.v, people, colours)
    skin.lerp_(colours.skin_shade * 0.92, _under(fringe, canvas, part) * 0.55)
    part.paint(skin, cover(rim, part.pixel))


def _under(field: Tensor, canvas: Canvas, part: Canvas) -> Tensor:
    """The part of a full-size ``field`` [B, 1, H, W] that lies under the window ``part`` of ``canvas``."""
    top = int(torch.searchsorted(canvas.y.flatten(), part.y.flatten()[0]))
    left = int(torch.searchsorted(canvas.x.flatten(), part.x.flatten()[0]))
    height, width = part.rgba.shape[-2:]
    return field[..., top : top + height, left : left + width]


def _blush(skin: Tensor, u: Tensor, v: Tensor, people: People, colours: Colours) -> None:
    cheeks = bump(u.abs() - 0.26, v - 0.19, 0.17, 0.14)
    smile = people.presence("Smiling")
    skin.lerp_(colours.blush, cheeks * (0.2 + 0.35 * people.unit("blush") + 0.15 * smile))
    skin.lerp_(colours.skin_light, bump(u.abs() - 0.245, v - 0.13, 0.085, 0.055) * (0.1 + 0.3 * smile))


def draw_nose(canvas: Canvas, people: People, body: Anatomy, colours: Colours) -> None:
    """Bridge, tip, wings and the shadow beneath."""
    part = canvas.window(-0.26, -0.16, 0.26, 0.34)
    u = part.u - 1.25 * body.turn
    v = part.v
    below = v - body.nose_y
    light = people["light_direction"]
    dark = -light / (light.square() + 0.09).sqrt()
    bridge = step(v, -0.14, 0.02) * (1 - step(below, -0.06, 0.03))
    side = bump(u - dark * 0.05, torch.zeros_like(v), 0.055, 1.0) * bridge
    part.tint(colours.skin_shade, side * 0.36)
    part.tint(colours.skin_light, bump(u + dark * 0.012, torch.zeros_like(v), 0.03, 1.0) * bridge * 0.32)
    part.tint(colours.skin_shade, bump(u, below - 0.025, body.nose_width * 1.25, 0.05) * 0.75)
    part.tint(colours.skin, bump(u, below + 0.022, body.nose_width * 0.95, 0.055) * 0.9)
    part.tint(colours.skin_light, bump(u + dark * 0.014, below + 0.03, 0.036, 0.034) * 0.6)
    nostril = bump(u.abs() - body.nose_width * 0.5, below - 0.017 - 0.2 * (u.abs() - 0.03), 0.024, 0.014)
    part.tint(colours.skin_shade * 0.55, nostril * 0.85)
    wing = stroke(
        below + 0.01,
        u.abs() - body.nose_width * 0.98,
        torch.zeros_like(u),
        torch.zeros_like(u),
        0.006 - 3.5 * (below + 0.01).square(),
    )
    part.tint(colours.skin_shade * 0.85, soft(wing, 0.014) * 0.55)


def draw_age(canvas: Canvas, people: People, body: Anatomy, colours: Colours) -> None:
    """Wrinkles: forehead, crow's feet, eye bags, and the folds from nose to mouth."""
    age = people.presence("Old")
    part = canvas.window(-0.5, -0.5, 0.5, 0.6)
    u, v = part.u - 0.8 * body.turn, part.v
    side = u.abs()
    line = colours.skin_shade * 0.66
    lines = _folds(side, v, body).maximum(_crow_feet(side, v, body)).maximum(_forehead(side, v))
    part.tint(line, lines * age * 0.75)
    bags = ellipse(side - body.eye_x, v - EYE_Y - 0.1, body.eye_width * 0.95, 0.035)
    part.tint(line, soft(bags.abs_() - 0.004, 0.018) * step(v, EYE_Y + 0.095, EYE_Y + 0.12) * age * 0.7)
    hollow = bump(side - 0.3, v - 0.3, 0.11, 0.16)
    part.tint(colours.skin_shade, hollow * age * 0.5)


def _crease(x: Tensor, y: Tensor, height: Tensor, slope: Tensor, half_length: float, middle: float) -> Tensor:
    fade = (1 - ((x - middle) / half_length).square()).clamp_(min=0)
    return soft(stroke(x, y, height, slope, 0.007 * fade), 0.016) * fade.sqrt_()


def _forehead(side: Tensor, v: Tensor) -> Tensor:
    lines = torch.zeros_like(v)
    for height in (-0.27, -0.33, -0.39):
        wave = height - 0.012 * torch.cos(side * 16)
        lines = lines.maximum(_crease(side, v, wave, 0.19 * torch.sin(side * 16), 0.23, 0.0))
    return lines


def _crow_feet(side: Tensor, v: Tensor, body: Anatomy) -> Tensor:
    out = side - body.eye_x - body.eye_width
    lines = torch.zeros_like(v)
    for lean in (-0.55, 0.05, 0.6):
        height = EYE_Y + lean * (out - 0.005)
        lines = lines.maximum(_crease(out, v, height, torch.full_like(v, lean), 0.045, 0.055))
    return lines


def _folds(side: Tensor, v: Tensor, body: Anatomy) -> Tensor:
    down = v - 0.27
    path = body.nose_width + 0.08 + 0.5 * down + 1.4 * down.square()
    return _crease(down, side, path, 0.5 + 2.8 * down, 0.12, 0.005)
