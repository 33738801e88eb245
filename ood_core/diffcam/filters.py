"""Small filters on masks: ramps, blurs, growth. Beyond its border a mask is taken to continue."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor


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
    """Maximum over a round neighbourhood (an octagon) of so many pixels; negative radii erode."""
    if radius < 0:
        return -dilate(-x, -radius)
    for step in range(radius):
        if step % 2:  # alternate square and cross: the diagonals then grow at very nearly the same rate
            x = F.max_pool2d(x, 3, stride=1, padding=1)
        else:
            x = torch.maximum(
                F.max_pool2d(x, (3, 1), stride=1, padding=(1, 0)),
                F.max_pool2d(x, (1, 3), stride=1, padding=(0, 1)),
            )
    return x
