"""What a person may stand before instead of the plain wall: textured or photographic-looking backgrounds."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..canvas import Canvas
from ..colours import colour
from ..shapes import box, bump, cover, disc, soft, step
from .coverings import LEAVES, leaf
from .tools import Dice, around, turned


def _fill(canvas: Canvas, colours: Tensor) -> None:
    canvas.paint(colours, torch.ones_like(canvas.u))


def _clouded(canvas: Canvas, dice: Dice, cells: int, octaves: int) -> Tensor:
    """Layered lattice noise in about [0, 1], [1, 1, H, W]: the same at every resolution."""
    size = canvas.rgba.shape[-1]
    total = torch.zeros_like(canvas.u)
    for octave in range(octaves):
        grid = torch.rand(1, 1, cells << octave, cells << octave, generator=dice.generator)
        layer = F.interpolate(grid, size=(size, size), mode="bicubic", align_corners=False)
        total += (layer - 0.5) * 0.5**octave
    return (total + 0.5).clamp_(0, 1)


def draw_bokeh(canvas: Canvas, dice: Dice) -> None:
    """A city at night, out of focus."""
    top, bottom = dice.pick((("#16213c", "#4a2f52"), ("#10302f", "#5a4a2c"), ("#2a1838", "#7a3a3a")))
    haze = step(canvas.y + 0.3 * _clouded(canvas, dice, 3, 3), -0.8, 1.0)
    _fill(canvas, torch.lerp(colour(top), colour(bottom), haze))
    for _ in range(26):
        x, y = dice.uniform(-0.9, 0.9), dice.uniform(-0.8, 0.7)
        radius = dice.uniform(0.04, 0.15)
        glow = colour(dice.pick(("#ffd08a", "#ff9f6b", "#8fd0ff", "#ffe9c0", "#ff7f8f", "#a6ffd8")))
        part = around(canvas, x, y, radius + 0.05)
        distance = disc(part.x - x, part.y - y, radius)
        ring = soft(distance.abs() - 0.004, 0.02) * 0.2
        part.paint(glow, soft(distance, 0.03) * dice.uniform(0.2, 0.55) + ring)


def draw_bricks(canvas: Canvas, dice: Dice) -> None:
    """A brick wall in slanting light."""
    clay = colour(dice.pick(("#a8543f", "#8f6a55", "#c9c2b6", "#6a6f7c")))
    height, width = 0.13, 0.3
    row = torch.floor(canvas.y / height)
    along = canvas.x / width + 0.5 * (row % 2)
    column = torch.floor(along)
    tone = torch.frac(torch.sin(row * 12.99 + column * 78.23) * 437.5).abs()
    dx, dy = (along - column - 0.5) * width, canvas.y - (row + 0.5) * height
    joint = box(dx, dy, width / 2 - 0.012, height / 2 - 0.012, 0.015)
    grain = _clouded(canvas, dice, 24, 3)
    brick = torch.lerp(clay * 0.72, torch.lerp(clay, colour("#ffffff"), 0.12), 0.6 * tone + 0.4 * grain)
    brick = torch.lerp(brick, brick * 0.7, soft(-joint - 0.012, 0.024) * step(dy, -0.05, 0.06))
    wall = torch.lerp(colour("#c9c0b4") * 0.8, brick, cover(joint, canvas.pixel))
    _fill(canvas, torch.lerp(wall, wall * 0.6, step(0.7 * canvas.x + canvas.y, -0.9, 1.2)))


def draw_foliage(canvas: Canvas, dice: Dice) -> None:
    """A hedge: leaves upon leaves, the nearer the brighter."""
    shade = torch.lerp(colour("#1f3d30"), colour("#3f6a45"), _clouded(canvas, dice, 5, 3))
    _fill(canvas, shade)
    for index in range(70):
        x, y, half = dice.uniform(-1, 1), dice.uniform(-1, 1), dice.uniform(0.08, 0.15)
        green = colour(dice.pick(LEAVES)) * (0.5 + 0.5 * index / 70)
        part = around(canvas, x, y, half + 0.1)
        leaf(part, *turned(part.x - x, part.y - y, dice.uniform(0, 360)), half, green, 0.3)


def draw_stripes(canvas: Canvas, dice: Dice) -> None:
    """Wallpaper stripes."""
    first, second = dice.accents()
    along, _ = turned(canvas.x, canvas.y, dice.pick((0.0, 45.0, -45.0, 90.0, 20.0)))
    period = dice.uniform(0.16, 0.34)
    distance = ((along / period) % 1.0 - 0.5).abs() * period - period / 4
    pale = torch.lerp(first, colour("#fff6e9"), 0.55)
    wall = torch.lerp(pale, torch.lerp(second, pale, 0.25), cover(distance, canvas.pixel))
    _fill(canvas, torch.lerp(wall, wall * 0.75, step(canvas.x.square() + canvas.y.square(), 0.4, 1.8)))


def draw_sky(canvas: Canvas, dice: Dice) -> None:
    """Clouds over hills."""
    top, low = dice.pick((("#3f7fc4", "#cfe6f5"), ("#3a3f7c", "#f2a97a"), ("#6f93b5", "#eadcc6")))
    sky = torch.lerp(colour(top), colour(low), step(canvas.y, -0.9, 0.5))
    cloud = step(_clouded(canvas, dice, 3, 5), 0.45, 0.8)
    sky = torch.lerp(sky, colour("#fffaf2"), cloud * 0.85)
    _fill(canvas, sky)
    for base, tone in ((0.12, "#7f9c93"), (0.28, "#56806a"), (0.46, "#3c6350")):
        phase, pace = dice.uniform(0, 6), dice.uniform(1.5, 3.5)
        ridge = base + 0.08 * torch.sin(canvas.x * pace + phase) + 0.03 * torch.sin(canvas.x * 3 * pace)
        canvas.paint(colour(tone), cover(ridge - canvas.y + torch.zeros_like(canvas.u), canvas.pixel))


def draw_books(canvas: Canvas, dice: Dice) -> None:
    """Shelves of books."""
    _fill(canvas, colour("#3a271e"))
    for shelf in range(4):
        floor = -0.42 + 0.46 * shelf
        left = -0.95
        while left < 0.95:
            width, height = dice.uniform(0.05, 0.11), dice.uniform(0.28, 0.4)
            spine, title = dice.accents()
            part = canvas.window(left - 0.02, floor - height - 0.02, left + width + 0.02, floor + 0.02)
            dx, dy = part.x - left - width / 2, part.y - floor + height / 2
            book = box(dx, dy, width / 2 - 0.003, height / 2, 0.012)
            light = bump(dx + width * 0.15, torch.zeros_like(dx), width * 0.35, 1.0)
            part.paint(torch.lerp(spine * 0.6, spine * 0.9, light), cover(book, part.pixel))
            label = box(dx, dy + height * dice.uniform(-0.2, 0.25), width * 0.3, height * 0.1, 0.01)
            part.paint(title * 0.85, cover(label, part.pixel))
            left += width
        plank = (canvas.y - floor - 0.025).abs() - 0.027 + torch.zeros_like(canvas.u)
        canvas.paint(colour("#8a5f3f"), cover(plank, canvas.pixel))
    canvas.paint(colour("#1d1210"), torch.full_like(canvas.u, 0.12))
