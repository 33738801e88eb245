"""What every drawing of a thing needs: dice, the wearer, solid bodies, turned coordinates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from ..anatomy import Anatomy
from ..canvas import Canvas
from ..colours import Colours, colour
from ..shapes import cover, segment, soft

ACCENTS = ("#d9583f", "#2f7a86", "#e9b44c", "#24405f", "#a23b52", "#5f9a7f", "#f3ece0", "#3a3640", "#e58fa6")

_Choice = TypeVar("_Choice")


@dataclass(frozen=True)
class Wearer:
    """The one person a thing is drawn for; attributes are left out, so that an edit never changes a thing."""

    body: Anatomy
    colours: Colours


class Dice:
    """Chance with a seed: the same seed throws the same numbers in the same order."""

    def __init__(self, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed)

    def uniform(self, low: float, high: float) -> float:
        """A number in [low, high)."""
        return low + (high - low) * float(torch.rand((), generator=self.generator))

    def side(self) -> float:
        """-1 or 1: left or right."""
        return 1.0 if self.uniform(0, 1) < 0.5 else -1.0

    def pick(self, choices: Sequence[_Choice]) -> _Choice:
        """One of the choices."""
        return choices[int(self.uniform(0, len(choices)))]

    def accents(self) -> tuple[Tensor, Tensor]:
        """Two different accent colours, each [1, 3, 1, 1]."""
        first = int(self.uniform(0, len(ACCENTS)))
        second = (first + 1 + int(self.uniform(0, len(ACCENTS) - 1))) % len(ACCENTS)
        return colour(ACCENTS[first]), colour(ACCENTS[second])


def turned(x: Tensor, y: Tensor, degrees: float) -> tuple[Tensor, Tensor]:
    """Coordinates along axes that are turned clockwise by ``degrees``."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return x * cosine + y * sine, y * cosine - x * sine


def around(canvas: Canvas, x: float, y: float, radius: float) -> Canvas:
    """The window of ``radius`` around a point."""
    return canvas.window(x - radius, y - radius, x + radius, y + radius)


def solid(
    canvas: Canvas,
    distance: Tensor,
    colours: Tensor,
    rim: float = 0.06,
    shade: float = 0.4,
    shadow: float = 0.3,
) -> None:
    """Paint an opaque body whose rim turns away from the light, with a soft shadow around it.

    Args:
        canvas: where to paint.
        distance: to the body, negative inside, [1, 1, h, w].
        colours: [1, 3, 1, 1] or [1, 3, h, w].
        rim: width of the darker rim, picture units.
        shade: how much darker the rim is, 0..1.
        shadow: how dark the shadow is, 0..1.
    """
    if shadow > 0:
        canvas.paint(colour("#2a1a20"), soft(distance - 0.01, 0.09) * shadow)
    edge = soft(-distance - rim / 2, rim)
    canvas.paint(
        torch.lerp(colours, colours * colour("#86605c"), edge * shade), cover(distance, canvas.pixel)
    )


def finger(
    canvas: Canvas, start: tuple[float, float], end: tuple[float, float], radius: float, skin: Tensor
) -> None:
    """One finger from its knuckle to its tip, with a nail."""
    reach = radius + 0.12
    part = canvas.window(
        min(start[0], end[0]) - reach,
        min(start[1], end[1]) - reach,
        max(start[0], end[0]) + reach,
        max(start[1], end[1]) + reach,
    )
    solid(part, segment(part.x, part.y, start, end) - radius, skin, rim=1.2 * radius, shade=0.42, shadow=0.16)
    length = math.hypot(end[0] - start[0], end[1] - start[1])
    inward = (end[0] - (end[0] - start[0]) / length * 0.012, end[1] - (end[1] - start[1]) / length * 0.012)
    nail = segment(part.x, part.y, inward, end) - radius * 0.5
    part.paint(torch.lerp(skin, colour("#ffe4dc"), 0.55), cover(nail, part.pixel) * 0.75)
