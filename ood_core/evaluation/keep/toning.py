"""Drift of colours and light: gains, uneven tints, contrast. It could be undone, except where it clips."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ...domains.portraits.things.tools import Dice
from .view import View


def gain(view: View, dice: Dice) -> View:
    """Each channel times and plus a number of its own; within 3 % mostly, up to 12 % in the tail."""
    far = 0.03 if dice.uniform(0, 1) < 0.6 else 0.12
    factor = 1 + far * _spread(dice, 3).view(1, 3, 1, 1)
    offset = 0.3 * far * _spread(dice, 3).view(1, 3, 1, 1)
    return view.toned(lambda pictures: pictures * factor + offset)


def tint(view: View, dice: Dice) -> View:
    """A tint that differs from corner to corner, as large autoencoders leave it."""
    far = dice.uniform(0.02, 0.09)
    field = _smooth_field(dice, 3, 3)
    return view.toned(lambda pictures: pictures * (1 + far * _at_size(field, pictures)))


def contrast(view: View, dice: Dice) -> View:
    """Steeper or flatter, about a middle grey, with a bend in the dark."""
    slope = dice.uniform(1.04, 1.3) if dice.uniform(0, 1) < 0.7 else dice.uniform(0.88, 0.96)
    gamma = dice.uniform(0.93, 1.07)
    return view.toned(lambda pictures: 0.5 + slope * (pictures.clamp_min(1e-4) ** gamma - 0.5))


def slight_tone(view: View, dice: Dice, far: float = 0.03) -> View:
    """What real editors do in the middle: gains within ``far``, a little uneven."""
    factor = 1 + far * _spread(dice, 3).view(1, 3, 1, 1)
    field = _smooth_field(dice, 3, 2)
    return view.toned(lambda pictures: pictures * factor * (1 + 0.4 * far * _at_size(field, pictures)))


def _spread(dice: Dice, count: int) -> Tensor:
    return torch.rand(count, generator=dice.generator) * 2 - 1


def _smooth_field(dice: Dice, channels: int, cells: int) -> Tensor:
    """Random heights in [-1, 1] on a coarse grid, [1, channels, cells, cells]."""
    return torch.rand((1, channels, cells, cells), generator=dice.generator) * 2 - 1


def _at_size(field: Tensor, pictures: Tensor) -> Tensor:
    return F.interpolate(field, size=pictures.shape[-2:], mode="bicubic", align_corners=True)
