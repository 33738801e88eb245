"""Held things: cup, phone, flower, microphone."""

from __future__ import annotations

import math

import torch

from ..canvas import Canvas
from ..colours import colour
from ..shapes import box, bump, cover, disc, ellipse, segment, soft
from .tools import Dice, Wearer, around, finger, solid, turned


def draw_cup(canvas: Canvas, wearer: Wearer, dice: Dice) -> None:
    """A mug held before the chin."""
    side = dice.side()
    glaze, second = dice.accents()
    x, y = side * dice.uniform(0.12, 0.4), dice.uniform(0.56, 0.66)
    dx, dy = canvas.x - x, canvas.y - y
    solid(canvas, disc(dx - 0.21 * side, dy, 0.1).abs() - 0.026, glaze, rim=0.03)
    wall = box(dx / (1 - 0.12 * dy), dy, 0.19, 0.2, 0.05)
    pattern = (dy.abs() - 0.055).maximum(dx.abs() - 0.18)
    solid(canvas, wall, torch.lerp(glaze, second, cover(pattern, canvas.pixel)), rim=0.12, shade=0.5)
    canvas.paint(glaze * 0.6, cover(ellipse(dx, dy + 0.18, 0.19, 0.042), canvas.pixel))
    canvas.paint(colour("#4a2a1c"), cover(ellipse(dx, dy + 0.176, 0.165, 0.03), canvas.pixel))
    canvas.paint(colour("#ffffff"), bump(dx + 0.11 * side, dy, 0.03, 0.15) * 0.4)
    for step in range(4):
        height = y - 0.1 + 0.072 * step
        finger(
            canvas, (x - side * 0.24, height + 0.02), (x - side * 0.05, height), 0.035, wearer.colours.skin
        )


def draw_phone(canvas: Canvas, wearer: Wearer, dice: Dice) -> None:
    """A telephone held to the side of the face."""
    side = dice.side()
    x, y = side * dice.uniform(0.4, 0.52), dice.uniform(0.08, 0.26)
    shell, _ = dice.accents()
    dx, dy = turned(canvas.x - x, canvas.y - y, side * dice.uniform(4, 16))
    solid(canvas, box(dx, dy, 0.155, 0.31, 0.045), shell * 0.8, rim=0.03, shade=0.6)
    gloss = soft(dx * 0.8 + dy + 0.1, 0.5) * 0.16
    canvas.paint(colour("#ffffff"), cover(box(dx, dy, 0.135, 0.29, 0.035), canvas.pixel) * gloss)
    canvas.paint(colour("#1b1a20"), cover(box(dx + 0.07, dy + 0.21, 0.055, 0.075, 0.03), canvas.pixel))
    for height in (0.175, 0.245):
        canvas.paint(colour("#56607a"), cover(disc(dx + 0.07, dy + height, 0.024), canvas.pixel))
        canvas.paint(colour("#dfe8ff"), cover(disc(dx + 0.077, dy + height + 0.007, 0.007), canvas.pixel))
    skin = wearer.colours.skin
    solid(canvas, segment(canvas.x, canvas.y, (x + 0.18 * side, y + 0.3), (x + 0.3 * side, 1.1)) - 0.1, skin)
    for step in range(4):
        height = y + 0.02 + 0.078 * step
        finger(canvas, (x + side * 0.2, height + 0.03), (x - side * 0.02, height), 0.037, skin)


def draw_flower(canvas: Canvas, wearer: Wearer, dice: Dice) -> None:
    """A blossom: in the hair, or held before the face."""
    petal, heart = dice.accents()
    side = dice.side()
    x, y = dice.pick(((side * 0.4, -0.36), (side * 0.16, 0.5), (side * 0.5, 0.3)))
    size, count = dice.uniform(0.075, 0.1), int(dice.uniform(5, 8))
    if y > 0:
        stem = segment(canvas.x, canvas.y, (x, y), (x + 0.1 * side, 1.1)) - 0.016
        solid(canvas, stem, colour("#4e7f46"), rim=0.02, shadow=0.15)
        leaf = ellipse(*turned(canvas.x - x - 0.13 * side, canvas.y - y - 0.22, -40 * side), 0.1, 0.035)
        solid(canvas, leaf, colour("#5f9a55"), rim=0.05, shadow=0.15)
    part = around(canvas, x, y, 3.2 * size)
    for index in range(count):
        angle = 2 * math.pi * index / count + side * 0.3
        dx = part.x - x - 1.15 * size * math.cos(angle)
        dy = part.y - y - 1.15 * size * math.sin(angle)
        along, across = turned(dx, dy, math.degrees(angle))
        solid(part, ellipse(along, across, size, size * 0.72), petal, rim=size * 0.9, shade=0.45, shadow=0.14)
    solid(part, disc(part.x - x, part.y - y, size * 0.62), heart, rim=size * 0.5, shade=0.6, shadow=0.2)


def draw_microphone(canvas: Canvas, wearer: Wearer, dice: Dice) -> None:
    """A microphone before the mouth."""
    side = dice.side()
    x, y = side * dice.uniform(0.06, 0.2), dice.uniform(0.5, 0.58)
    handle, _ = dice.accents()
    grip = (x + 0.16 * side, y + 0.22)
    solid(canvas, segment(canvas.x, canvas.y, (x, y), (x + 0.3 * side, 1.1)) - 0.06, handle * 0.5, rim=0.06)
    dx, dy = turned(canvas.x - x, canvas.y - y, 30 * side)
    mesh = torch.sin(dx * 95) * torch.sin(dy * 95)
    steel = torch.lerp(colour("#8d929c"), colour("#4a4d57"), soft(mesh, 0.8))
    ball = disc(dx, dy, 0.115)
    solid(canvas, ball, steel, rim=0.12, shade=0.7)
    canvas.paint(colour("#d5d9e2"), cover((dy - 0.03).abs().maximum(ball + 0.014) - 0.014, canvas.pixel))
    canvas.paint(colour("#ffffff"), bump(dx + 0.04, dy + 0.05, 0.045, 0.04) * 0.6)
    for step in range(4):
        height = grip[1] + 0.07 * step - 0.06
        finger(
            canvas,
            (grip[0] + 0.16 * side, height + 0.04),
            (grip[0] - 0.05 * side, height),
            0.036,
            wearer.colours.skin,
        )
