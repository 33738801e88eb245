"""Hands, in the wearer's own skin: waving, on the chin, before the mouth."""

from __future__ import annotations

from ..canvas import Canvas
from ..shapes import box, ellipse, segment
from .tools import Dice, Wearer, finger, solid, turned


def draw_waving_hand(canvas: Canvas, wearer: Wearer, dice: Dice) -> None:
    """A spread hand beside the face."""
    side = dice.side()
    x, y = side * dice.uniform(0.46, 0.6), dice.uniform(0.3, 0.45)
    skin, sleeve = wearer.colours.skin, wearer.colours.clothes
    solid(canvas, segment(canvas.x, canvas.y, (x, y + 0.1), (x + 0.12 * side, 1.1)) - 0.085, skin, rim=0.1)
    cuff = segment(canvas.x, canvas.y, (x + 0.05 * side, y + 0.4), (x + 0.12 * side, 1.1)) - 0.13
    solid(canvas, cuff, sleeve, rim=0.08)
    for lean, length in ((-0.62, 0.25), (-0.24, 0.31), (0.08, 0.31), (0.42, 0.26)):
        root = (x + 0.16 * lean, y - 0.08 + 0.08 * abs(lean))
        finger(canvas, root, (x + 0.42 * lean, y - 0.08 - length), 0.036, skin)
    finger(canvas, (x - 0.09 * side, y + 0.06), (x - 0.23 * side, y - 0.08), 0.038, skin)
    palm = box(canvas.x - x, canvas.y - y - 0.01, 0.125, 0.125, 0.09)
    solid(canvas, palm, skin, rim=0.07, shade=0.3, shadow=0.0)


def draw_hand_on_chin(canvas: Canvas, wearer: Wearer, dice: Dice) -> None:
    """A thinker's hand: the index finger along the cheek, the others under the chin."""
    side = dice.side()
    skin, sleeve = wearer.colours.skin, wearer.colours.clothes
    solid(canvas, segment(canvas.x, canvas.y, (side * 0.26, 0.7), (side * 0.4, 1.1)) - 0.1, skin, rim=0.1)
    solid(canvas, segment(canvas.x, canvas.y, (side * 0.36, 0.87), (side * 0.42, 1.1)) - 0.15, sleeve)
    palm = ellipse(*turned(canvas.x - side * 0.25, canvas.y - 0.62, 20 * side), 0.15, 0.12)
    solid(canvas, palm, skin, rim=0.1, shade=0.3, shadow=0.2)
    for height, reach in ((0.7, 0.0), (0.64, -0.06), (0.58, -0.08)):
        finger(canvas, (side * 0.27, height), (side * (reach + 0.02), height + 0.01), 0.036, skin)
    finger(canvas, (side * 0.33, 0.56), (side * 0.37, dice.uniform(0.16, 0.26)), 0.036, skin)


def draw_hand_over_mouth(canvas: Canvas, wearer: Wearer, dice: Dice) -> None:
    """Fingers laid across the mouth."""
    side = dice.side()
    skin, sleeve = wearer.colours.skin, wearer.colours.clothes
    lift = dice.uniform(-0.03, 0.05)
    solid(canvas, segment(canvas.x, canvas.y, (side * 0.5, 0.5), (side * 0.72, 1.0)) - 0.095, skin, rim=0.1)
    solid(canvas, segment(canvas.x, canvas.y, (side * 0.64, 0.76), (side * 0.74, 1.0)) - 0.14, sleeve)
    palm = ellipse(canvas.x - side * 0.42, canvas.y - 0.43 - lift, 0.15, 0.15)
    solid(canvas, palm, skin, rim=0.1, shade=0.3, shadow=0.2)
    for height, reach in ((0.51, -0.1), (0.44, -0.17), (0.37, -0.17), (0.3, -0.1)):
        finger(canvas, (side * 0.36, height + lift), (side * reach, height + 0.03 + lift), 0.037, skin)
    finger(canvas, (side * 0.42, 0.32 + lift), (side * 0.37, 0.14 + lift), 0.037, skin)
