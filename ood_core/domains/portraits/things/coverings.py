"""What hides parts of a face: medical mask, scarf, leaves, bars."""

from __future__ import annotations

import torch

from ..canvas import Canvas
from ..colours import colour
from ..shapes import bump, cover, disc, segment, smooth_intersection, soft, step
from .tools import Dice, Wearer, solid, turned

LEAVES = ("#3f7d4c", "#5f9a55", "#2f6653", "#8aa84f", "#b5894a")


def draw_face_mask(canvas: Canvas, wearer: Wearer, dice: Dice) -> None:
    """A pleated mask from nose to chin, with its straps."""
    cloth = colour(dice.pick(("#bfe0ea", "#f3efe6", "#35343d", "#e9b8b0", "#b9d3b2")))
    u, v = canvas.u - 0.6 * wearer.body.turn, canvas.v
    width = wearer.body.head_width
    for height in (0.22, 0.5):
        strap = segment(u.abs(), v, (0.3, height), (0.46, 0.12)) - 0.01
        solid(canvas, strap, torch.lerp(cloth, colour("#ffffff"), 0.4), rim=0.01, shadow=0.1)
    top = 0.17 - 0.07 * bump(u, torch.zeros_like(v), 0.22, 1.0) + 0.25 * u.square()
    head = wearer.body.head(u, v) - 0.018
    mask = smooth_intersection(smooth_intersection(head, top - v, 0.06), u.abs() - width * 0.86, 0.08)
    pleats = torch.sin((v - 0.12 * u.square()) * 46)
    solid(canvas, mask, torch.lerp(cloth, cloth * 0.78, step(pleats, 0.2, 1.0) * 0.8), rim=0.1)
    wire = ((v - top - 0.022).abs() - 0.006).maximum(mask + 0.012).maximum(u.abs() - 0.2)
    canvas.paint(cloth * 0.7, cover(wire, canvas.pixel))


def draw_scarf(canvas: Canvas, wearer: Wearer, dice: Dice) -> None:
    """A striped scarf about chin and neck."""
    wool, second = dice.accents()
    x, v = canvas.x, canvas.y
    width = wearer.body.neck_width + 0.16
    height = dice.uniform(0.44, 0.56)
    side = dice.side()
    stripes = step(torch.sin(x * 34 + v * 9), -0.15, 0.15)
    cloth = torch.lerp(wool, second, stripes)
    for fold in (0.29, 0.16, 0.03):
        sag = height + fold + 0.1 * (1 - (x / width).square().clamp(max=1.5))
        band = smooth_intersection((v - sag).abs() - 0.095, x.abs() - width + 0.1 * (0.3 - fold), 0.1)
        solid(canvas, band, torch.lerp(cloth, cloth * 0.8, soft(v - sag - 0.03, 0.14)), rim=0.1, shade=0.5)
    tail = segment(x, v, (side * 0.2, height + 0.25), (side * 0.27, 1.2)) - 0.11
    solid(canvas, tail, torch.lerp(wool, second, step(torch.sin(v * 34 + x * 6), -0.15, 0.15)), rim=0.07)


def draw_leaves(canvas: Canvas, wearer: Wearer, dice: Dice) -> None:
    """Large leaves reaching into the picture from one side."""
    side = dice.side()
    for height in (dice.uniform(-0.7, -0.2), dice.uniform(0.0, 0.35), dice.uniform(0.45, 0.8)):
        green = colour(dice.pick(LEAVES))
        length = dice.uniform(0.5, 0.75)
        angle = dice.uniform(-35, 35)
        along, across = turned(canvas.x * -side + 0.98, canvas.y - height, angle)
        leaf(canvas, along - length / 2, across, length / 2, green, 0.35)


def leaf(
    canvas: Canvas, along: torch.Tensor, across: torch.Tensor, half: float, green: torch.Tensor, shadow: float
) -> None:
    """A pointed leaf with midrib and veins; ``along`` runs from stalk to tip in [-half, half]."""
    bow = half * 1.05
    radius = (half * half + bow * bow * 0.36) / (2 * bow * 0.6)
    blade = disc(along, across.abs() + radius - bow * 0.6, radius)
    veins = torch.sin((along - across.abs() * 1.1) * 15 / half)
    tone = torch.lerp(green, green * 0.76, step(veins, 0.0, 1.0) * 0.6)
    tone = torch.lerp(tone, torch.lerp(green, colour("#f2f0b0"), 0.35), soft(across, half) * 0.5)
    solid(canvas, blade, tone, rim=half * 0.25, shade=0.35, shadow=shadow)
    rib = (across.abs() - 0.018 * half).maximum(blade)
    canvas.paint(torch.lerp(green, colour("#f2f0b0"), 0.55), cover(rib, canvas.pixel))


def draw_bars(canvas: Canvas, wearer: Wearer, dice: Dice) -> None:
    """Upright bars of metal or wood before everything."""
    metal = colour(dice.pick(("#3c4250", "#7a5236", "#d8d4cc", "#8a3b35")))
    spacing, offset = dice.uniform(0.42, 0.6), dice.uniform(0, 1)
    half = dice.uniform(0.028, 0.045)
    along, _ = turned(canvas.x, canvas.y, dice.uniform(-6, 6))
    across = (along / spacing + offset) % 1.0 * spacing - spacing / 2
    shine = bump(across + half * 0.35, torch.zeros_like(across), half * 0.6, 1.0)
    tone = torch.lerp(metal, metal * 0.5, step(across, -half * 0.2, half))
    solid(canvas, across.abs() - half, torch.lerp(tone, colour("#ffffff"), shine * 0.45), rim=0.01, shade=0.3)
