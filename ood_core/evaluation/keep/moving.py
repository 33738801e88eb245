"""Drift that moves pixels: every movement says exactly where each pixel went."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from ...domains.portraits.things.tools import Dice
from .view import Mapping, View, pixel_centres, resized, sample_at

MULTIPLES = (8, 16, 32, 112)
MEGAPIXEL = 1024 * 1024
_INVERSIONS = 12  # fixed-point steps; a smooth warp of slope 0.1 is then inverted to 1e-12


def shift(view: View, dice: Dice) -> View:
    """Moved sideways and down by up to 3 % of the size, mostly by a pixel or two."""
    far = 0.003 if dice.uniform(0, 1) < 0.6 else 0.03
    return affine(view, shift_by=(dice.uniform(-far, far), dice.uniform(-far, far)))


def zoom(view: View, dice: Dice) -> View:
    """Enlarged or reduced by up to 5 %, off the middle."""
    amount = dice.uniform(0.002, 0.05) * dice.side()
    return affine(
        view, zoom_by=1 + amount, shift_by=(dice.uniform(-0.005, 0.005), dice.uniform(-0.005, 0.005))
    )


def turn(view: View, dice: Dice) -> View:
    """Turned by up to 3 degrees."""
    return affine(view, degrees=dice.uniform(0.2, 3) * dice.side())


def affine(
    view: View, zoom_by: float = 1.0, degrees: float = 0.0, shift_by: tuple[float, float] = (0.0, 0.0)
) -> View:
    """Zoom and turn about the middle, then shift.

    Args:
        view: what is moved.
        zoom_by: above 1 enlarges.
        degrees: clockwise.
        shift_by: (right, down) in shares of the larger side.
    """
    height, width = view.size
    cosine, sine = (zoom_by * f(math.radians(degrees)) for f in (math.cos, math.sin))
    middle = torch.tensor([width / 2, height / 2]).view(1, 2, 1, 1)
    way = middle + max(height, width) * torch.tensor(shift_by).view(1, 2, 1, 1)

    def onward(points: Tensor) -> Tensor:
        x, y = (points - middle).split(1, dim=1)
        return torch.cat([cosine * x - sine * y, sine * x + cosine * y], dim=1) + way

    def back(points: Tensor) -> Tensor:
        x, y = ((points - way) / zoom_by**2).split(1, dim=1)
        return torch.cat([cosine * x + sine * y, cosine * y - sine * x], dim=1) + middle

    return view.moved(sample_at(view.pictures, back(pixel_centres(height, width))), onward)


def resize(view: View, height: int, width: int) -> View:
    """Resampled to another size."""
    old_height, old_width = view.size
    scale = torch.tensor([width / old_width, height / old_height]).view(1, 2, 1, 1)
    return view.moved(resized(view.pictures, height, width), lambda points: points * scale)


def stretch(view: View, dice: Dice) -> View:
    """Each side rounded to a multiple of 8, 16, 32 or 112 by resizing, which changes the aspect."""
    step = dice.pick(MULTIPLES)
    sides = [max(step, step * round(side * dice.uniform(0.97, 1.03) / step)) for side in view.size]
    if tuple(sides) == view.size:
        sides[int(dice.uniform(0, 2))] += step if step < 112 else -step
    return resize(view, *sides)


def megapixel(view: View, dice: Dice) -> View:
    """Brought to one megapixel, as most editors do, the sides multiples of 16."""
    return to_pixels(view, MEGAPIXEL * dice.uniform(0.9, 1.1), dice.pick((8, 16, 32)))


def to_pixels(view: View, pixels: float, step: int) -> View:
    """About so many pixels, of the same aspect but for rounding each side to a multiple of ``step``."""
    height, width = view.size
    scale = math.sqrt(pixels / (height * width))
    return resize(view, *(max(step, step * round(side * scale / step)) for side in (height, width)))


def crop(view: View, dice: Dice) -> View:
    """Cut off by up to 6 % at two sides, the rest pixel for pixel."""
    height, width = view.size
    top, left, bottom, right = (
        round(dice.uniform(0, 0.06) * side) for side in (height, width, height, width)
    )
    keep_bottom, keep_right = height - bottom, width - right
    offset = torch.tensor([left, top]).view(1, 2, 1, 1)
    cut = view.pictures[..., top:keep_bottom, left:keep_right].contiguous()
    return view.moved(cut, lambda points: points - offset)


def letterbox(view: View, dice: Dice) -> View:
    """Set into a wider or taller frame of black, white or grey."""
    height, width = view.size
    more = round(dice.uniform(0.05, 0.3) * max(height, width) / 2)
    x, y = (more, 0) if dice.side() > 0 else (0, more)
    tone = dice.pick((0.0, 0.0, 1.0, 0.5))
    framed = F.pad(view.pictures, (x, x, y, y), value=tone)
    return view.moved(framed, lambda points: points + torch.tensor([x, y]).view(1, 2, 1, 1))


def warp(view: View, dice: Dice) -> View:
    """Bent smoothly, by up to 3 pixels of 512."""
    side = max(view.size)
    return bend(view, _waves(dice, dice.uniform(0.001, 0.006) * side, side))


def repose(view: View, dice: Dice) -> View:
    """The middle moved against the border, as when a person is drawn in a slightly different pose."""
    height, width = view.size
    far = dice.uniform(0.004, 0.012) * max(height, width)
    angle = dice.uniform(0, 2 * math.pi)
    move = far * torch.tensor([math.cos(angle), math.sin(angle)]).view(1, 2, 1, 1)
    middle = torch.tensor([width * dice.uniform(0.4, 0.6), height * dice.uniform(0.4, 0.6)]).view(1, 2, 1, 1)
    reach = dice.uniform(0.25, 0.35) * max(height, width)

    def displacement(points: Tensor) -> Tensor:
        return move * torch.exp(-(points - middle).square().sum(1, keepdim=True) / (2 * (reach / 1.8) ** 2))

    return bend(view, displacement)


def bend(view: View, displacement: Mapping) -> View:
    """Every point p of the pictures moved to p + displacement(p)."""
    target = pixel_centres(*view.size)
    source = target
    for _ in range(_INVERSIONS):
        source = target - displacement(source)
    return view.moved(sample_at(view.pictures, source), lambda points: points + displacement(points))


def _waves(dice: Dice, far: float, side: float) -> Mapping:
    """Three long waves in either direction, at most ``far`` pixels high, on a picture of ``side`` pixels."""
    angles, starts = (2 * math.pi * torch.rand(2, 3, 1, 1, generator=dice.generator) for _ in range(2))
    counts = 0.6 + torch.rand(2, 3, 1, 1, generator=dice.generator)

    def displacement(points: Tensor) -> Tensor:
        x, y = (points * 2 * math.pi / side).split(1, dim=1)
        waves = [
            torch.sin(counts[axis] * (x * angles[axis].cos() + y * angles[axis].sin()) + starts[axis])
            for axis in (0, 1)
        ]
        return far * torch.cat([wave.mean(1, keepdim=True) for wave in waves], dim=1)

    return displacement
