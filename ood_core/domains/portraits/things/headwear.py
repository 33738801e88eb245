"""Worn on the head: beanie, cap, hat, headphones, earrings."""

from __future__ import annotations

import torch

from ..canvas import Canvas
from ..colours import colour
from ..shapes import bump, cover, disc, ellipse, segment, smooth_intersection, soft, step
from .tools import Dice, Wearer, solid


def draw_beanie(canvas: Canvas, wearer: Wearer, dice: Dice) -> None:
    """A knitted cap with a folded band and, sometimes, a pompom."""
    wool, second = dice.accents()
    part = canvas.window(-0.75, -0.9, 0.75, 0.0)
    u, v = part.u, part.v
    width = wearer.body.head_width + 0.135
    hem = -0.3 - 0.09 * (1 - (u / width).square())
    arc = u / (width * (1 - ((v + 0.3) / 0.62).clamp(-0.9, 0.9).square()).sqrt())
    knit = torch.sin(arc * 46) * 0.5 + 0.5
    crown = torch.maximum(ellipse(u, v + 0.33, width, 0.455), v - hem)
    stripe = step(torch.sin((v - hem) * 32), -0.1, 0.1) * dice.pick((0.0, 0.0, 1.0))
    if dice.uniform(0, 1) < 0.5:
        fluff = 0.012 * torch.sin(torch.atan2(u, v + 0.76) * 15)
        solid(part, disc(u, v + 0.76, 0.1) + fluff, second, rim=0.12)
    solid(part, crown, torch.lerp(torch.lerp(wool, second, stripe), wool * 0.72, knit * 0.45), rim=0.16)
    band = smooth_intersection((v - hem).abs() - 0.075, u.abs() - width - 0.012, 0.05)
    solid(part, band, torch.lerp(second, second * 0.7, knit * 0.6), rim=0.05)


def draw_cap(canvas: Canvas, wearer: Wearer, dice: Dice) -> None:
    """A baseball cap: crown, seams, badge and bill."""
    cloth, second = dice.accents()
    part = canvas.window(-0.75, -0.9, 0.75, 0.05)
    u, v = part.u, part.v
    width = wearer.body.head_width + 0.125
    crown = torch.maximum(ellipse(u, v + 0.33, width, 0.43), v + 0.33)
    solid(part, crown, cloth, rim=0.2)
    seams = torch.minimum((ellipse(u, v + 0.33, 0.24, 0.43)).abs(), u.abs()) - 0.003
    part.paint(cloth * 0.6, cover(torch.maximum(seams, crown), part.pixel) * 0.7)
    part.paint(second, cover(disc(u, v + 0.5, 0.085), part.pixel))
    part.paint(cloth, cover(disc(u, v + 0.5, 0.05), part.pixel))
    part.paint(colour("#2a1a20"), soft(ellipse(u, v + 0.25, width * 0.85, 0.12), 0.12) * 0.35)
    bill = torch.maximum(ellipse(u, v + 0.36, width * 0.96, 0.165), -ellipse(u, v + 0.5, width * 1.3, 0.17))
    solid(part, bill, torch.lerp(second, colour("#ffffff"), bump(u, v + 0.27, 0.4, 0.04) * 0.3), rim=0.05)


def draw_hat(canvas: Canvas, wearer: Wearer, dice: Dice) -> None:
    """A brimmed hat of straw or felt, with a ribbon."""
    straw = dice.uniform(0, 1) < 0.5
    felt, ribbon = dice.accents()
    base = colour("#e2c078") if straw else felt
    part = canvas.window(-0.9, -0.9, 0.9, 0.05)
    u, v = part.u, part.v
    width = wearer.body.head_width + 0.115
    weave = torch.sin(u * 62 + v * 40) * torch.sin(u * 62 - v * 40) * (0.5 if straw else 0.0)
    cloth = torch.lerp(base, base * 0.68, step(weave, -0.4, 0.6) * (0.5 if straw else 0.0))
    taper = width * (0.97 + 0.12 * (v + 0.4))
    dent = -0.765 - 0.03 * torch.cos(u * 9)
    crown = smooth_intersection(u.abs() - taper, dent - v, 0.16)
    solid(part, torch.maximum(crown, v + 0.33), cloth, rim=0.2, shade=0.5)
    solid(part, torch.maximum(crown, (v + 0.44).abs() - 0.06), ribbon, rim=0.03, shadow=0.1)
    brim = ellipse(u, v + 0.35 - 0.07 * u.square(), 0.8, 0.085)
    part.paint(colour("#2a1a20"), soft(ellipse(u, v + 0.27, 0.5, 0.1), 0.14) * 0.4)
    solid(part, brim, cloth, rim=0.06, shadow=0.35)


def draw_headphones(canvas: Canvas, wearer: Wearer, dice: Dice) -> None:
    """A band over the hair and a cushion on each ear."""
    shell, cushion = dice.accents()
    u, v = canvas.u, canvas.v
    width = wearer.body.head_width + 0.1
    arch = ellipse(u, v + 0.06, width + 0.02, 0.7)
    band = torch.maximum(arch.abs() - 0.032, v + 0.02)
    solid(canvas, band, shell, rim=0.04)
    side = u.abs() - width
    solid(canvas, ellipse(side + 0.02, v - 0.05, 0.085, 0.155), cushion * 0.55, rim=0.06)
    solid(canvas, ellipse(side - 0.035, v - 0.05, 0.075, 0.135), shell, rim=0.05, shadow=0.15)
    canvas.paint(colour("#ffffff"), bump(side - 0.02, v + 0.0, 0.03, 0.06) * 0.35)


def draw_earrings(canvas: Canvas, wearer: Wearer, dice: Dice) -> None:
    """Hoops, or drops with a gem."""
    metal = colour(dice.pick(("#e3b341", "#cfd3dc", "#d98a6a")))
    gem, _ = dice.accents()
    side = canvas.u.abs() - wearer.body.head_width - 0.025
    v = canvas.v - 0.165
    size = dice.uniform(0.055, 0.085)
    if dice.uniform(0, 1) < 0.5:
        ring = disc(side, v - size, size).abs() - 0.014
        solid(canvas, ring, metal, rim=0.015, shade=0.5, shadow=0.2)
        canvas.paint(colour("#fff6d8"), cover(ring + 0.009, canvas.pixel) * soft(side + 0.02, 0.04) * 0.8)
        return
    solid(canvas, segment(side, v, (0.0, 0.0), (0.0, size)) - 0.01, metal, rim=0.01, shadow=0.1)
    drop = disc(side, v - 2.1 * size, size * 0.8) + 0.25 * (2.1 * size - v).clamp(min=0)
    solid(canvas, drop, gem, rim=0.05)
    canvas.paint(colour("#ffffff"), bump(side + 0.02, v - 1.95 * size, 0.022, 0.028) * 0.9)
