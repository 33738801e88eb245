"""Small filters on masks: ramps, blurs, growth. Beyond its border a mask is taken to continue."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..registration.filters import dilate as dilate_square

_STRIP = 1 << 19  # pixels


def smoothstep(x: Tensor, low: Tensor | float, high: Tensor | float) -> Tensor:
    """0 up to `low`, 1 from `high` on, 3t² − 2t³ between."""
    t = ((x - low) / (high - low)).clamp(0, 1)
    return t * t * (3 - 2 * t)


def blur(x: Tensor, sigma: float) -> Tensor:
    """Gaussian blur of [B,C,H,W], cut off at three standard deviations, which are in pixels."""
    if sigma < 0.1:  # a neighbour would weigh less than rounding
        return x
    from kornia.filters import gaussian_blur2d  # kornia takes a fifth of a second to import

    size = 2 * math.ceil(3 * sigma) + 1
    return gaussian_blur2d(x, (size, size), (sigma, sigma), border_type="replicate")


def dilate(x: Tensor, radius: int) -> Tensor:
    """Maximum over a round neighbourhood (an octagon) of so many pixels; negative radii erode.

    Large pictures are worked on in strips that fit into a processor's cache.
    """
    if radius < 0:
        return -dilate(-x, -radius)
    height, rows = x.shape[-2], max(2 * radius, _STRIP // x.shape[-1])
    strips = []
    for top in range(0, height, rows):
        above, bottom = min(top, radius), min(height, top + rows)
        strip = _dilated(x[..., top - above : bottom + radius, :], radius)
        strips.append(strip[..., above : above + bottom - top, :])
    return torch.cat(strips, -2) if len(strips) > 1 else strips[0]


def _dilated(x: Tensor, radius: int) -> Tensor:
    """An octagon is a square that is grown by crosses, and squares of any size cost next to nothing."""
    x = dilate_square(x, radius // 2)
    for _ in range(radius - radius // 2):
        x = _beside(x)
    return x


def _beside(x: Tensor) -> Tensor:
    """Maximum of each pixel and the four beside it."""
    most = x.clone()
    most[..., 1:, :] = torch.maximum(most[..., 1:, :], x[..., :-1, :])
    most[..., :-1, :] = torch.maximum(most[..., :-1, :], x[..., 1:, :])
    most[..., 1:] = torch.maximum(most[..., 1:], x[..., :-1])
    most[..., :-1] = torch.maximum(most[..., :-1], x[..., 1:])
    return most
