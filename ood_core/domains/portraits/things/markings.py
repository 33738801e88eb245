"""On the skin or on the picture: stickers, tattoos, lettering."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor

from ..canvas import Canvas
from ..colours import colour
from ..shapes import cover, disc, segment
from .tools import Dice, Wearer, around, solid, turned

# Strokes on a grid three points wide and five high, (0, 0) at the upper left.
LETTERS: dict[str, tuple[tuple[tuple[int, int], ...], ...]] = {
    "A": (((0, 4), (0, 1), (1, 0), (2, 1), (2, 4)), ((0, 2), (2, 2))),
    "D": (((0, 0), (0, 4), (1, 4), (2, 3), (2, 1), (1, 0), (0, 0)),),
    "E": (((2, 0), (0, 0), (0, 4), (2, 4)), ((0, 2), (1, 2))),
    "H": (((0, 0), (0, 4)), ((2, 0), (2, 4)), ((0, 2), (2, 2))),
    "I": (((1, 0), (1, 4)),),
    "L": (((0, 0), (0, 4), (2, 4)),),
    "N": (((0, 4), (0, 0), (2, 4), (2, 0)),),
    "O": (((0, 1), (0, 3), (1, 4), (2, 3), (2, 1), (1, 0), (0, 1)),),
    "R": (((0, 4), (0, 0), (1, 0), (2, 1), (1, 2), (0, 2)), ((1, 2), (2, 4))),
    "S": (((2, 0), (1, 0), (0, 1), (2, 3), (1, 4), (0, 4)),),
    "T": (((0, 0), (2, 0)), ((1, 0), (1, 4))),
    "V": (((0, 0), (1, 4), (2, 0)),),
    "W": (((0, 0), (0, 4), (1, 2), (2, 4), (2, 0)),),
    "Y": (((0, 0), (1, 2), (2, 0)), ((1, 2), (1, 4))),
}
WORDS = ("HELLO", "LOVE", "ART", "WOW", "YES", "HI", "NOW", "STAR", "TODAY")


def draw_lettering(canvas: Canvas, wearer: Wearer, dice: Dice) -> None:
    """A word across the picture, with an outline."""
    word = dice.pick(WORDS)
    paint, outline = dice.accents()
    height = dice.pick((0.62, 0.5, -0.45))
    size = dice.uniform(0.042, 0.055)
    x, y = turned(canvas.x, canvas.y - height, dice.uniform(-9, 9))
    text = _written(word, x + size * (3.4 * len(word) - 1.4) / 2, y + 2 * size, size) - 0.024
    solid(canvas, text - 0.02, outline, rim=0.01, shade=0.0, shadow=0.35)
    canvas.paint(paint, cover(text, canvas.pixel))


def _written(word: str, x: Tensor, y: Tensor, size: float) -> Tensor:
    distance = torch.full_like(x + y, 9.0)
    for place, letter in enumerate(word):
        left = place * 3.4 * size
        for line in LETTERS[letter]:
            for (ax, ay), (bx, by) in pairwise(line):
                start, end = (left + ax * size, ay * size), (left + bx * size, by * size)
                distance = torch.minimum(distance, segment(x, y, start, end))
    return distance


def draw_sticker(canvas: Canvas, wearer: Wearer, dice: Dice) -> None:
    """A heart, a star or a smiling face with a white border, on cheek or forehead."""
    paint, second = dice.accents()
    shape = dice.pick((_heart, _star, _smiley))
    x, y = dice.pick(((-0.25, 0.2), (0.25, 0.2), (0.0, -0.3), (-0.3, -0.28), (0.3, -0.28), (0.27, 0.44)))
    size = dice.uniform(0.085, 0.12)
    part = around(canvas, x, y, 0.3)
    dx, dy = turned(part.x - x, part.y - y, dice.uniform(-25, 25))
    outline, marks = shape(dx / size, dy / size)
    solid(part, outline * size - 0.018, colour("#fffaf0"), rim=0.01, shade=0.2, shadow=0.3)
    solid(part, outline * size, paint, rim=0.05, shade=0.25, shadow=0.0)
    part.paint(second * 0.5, cover((marks * size).maximum(outline * size), part.pixel))


def _heart(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    lobes = disc(x.abs() - 0.46, y + 0.35, 0.56)
    tip = (0.74 * x.abs() + 0.67 * (y - 0.98)).maximum(-y - 0.42).maximum(x.abs() - 0.9)
    return torch.minimum(lobes, tip), torch.ones_like(x)


def _star(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    angle = torch.atan2(x, -y)
    sector = 2 * math.pi / 5
    fold = ((angle + sector / 2) % sector - sector / 2).abs()
    radius = torch.sqrt(x.square() + y.square() + 1e-10)
    across, along = radius * torch.sin(fold), radius * torch.cos(fold)
    return 0.588 * (along - 1.05) * 0.9 + 0.809 * across, torch.ones_like(x)


def _smiley(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    eyes = disc(x.abs() - 0.34, y + 0.28, 0.13)
    smile = (disc(x, y - 0.05, 0.55).abs() - 0.08).maximum(0.2 - y)
    return disc(x, y, 0.95), torch.minimum(eyes, smile)


def draw_tattoo(canvas: Canvas, wearer: Wearer, dice: Dice) -> None:
    """Ink lines on cheek, temple or neck: a spiral, waves or a bolt."""
    ink = colour(dice.pick(("#24324f", "#1f3d3a", "#5a2433")))
    lines = dice.pick((_spiral, _waves, _bolt))
    side = dice.side()
    x, y = dice.pick(((side * 0.27, 0.22), (0.0, -0.29), (side * 0.3, 0.4), (side * 0.33, -0.16)))
    size = dice.uniform(0.1, 0.14)
    part = around(canvas, x, y, 0.32)
    dx, dy = turned(part.u - x, part.v - y, dice.uniform(-30, 30))
    distance = lines(dx / size, dy / size) * size
    part.paint(ink, cover(distance, part.pixel) * 0.88)


def _spiral(x: Tensor, y: Tensor) -> Tensor:
    radius, angle = torch.sqrt(x.square() + y.square() + 1e-10), torch.atan2(y, x)
    turn = (radius / 0.34 - angle / (2 * math.pi)) % 1.0
    return (((turn - 0.5).abs() * 0.34) - 0.085).maximum(radius - 1.0)


def _waves(x: Tensor, y: Tensor) -> Tensor:
    lines = torch.full_like(x, 9.0)
    for height in (-0.6, 0.0, 0.6):
        wave = (y - height - 0.2 * torch.sin(x * 4.5)).abs() / 1.3 - 0.11 * (1.1 - x.abs()).clamp(0, 1)
        lines = torch.minimum(lines, wave)
    return lines.maximum(x.abs() - 1.0)


def _bolt(x: Tensor, y: Tensor) -> Tensor:
    corners = ((0.3, -1.0), (-0.35, 0.05), (0.3, 0.0), (-0.3, 1.0))
    lines = torch.full_like(x, 9.0)
    for start, end in pairwise(corners):
        lines = torch.minimum(lines, segment(x, y, start, end))
    return lines - 0.13
