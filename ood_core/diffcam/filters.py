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
    radius = math.ceil(3 * sigma)
    offsets = torch.arange(-radius, radius + 1, dtype=x.dtype, device=x.device)
    return convolve(x, torch.softmax(-offsets.square() / (2 * sigma**2), dim=0))


def convolve(x: Tensor, taps: Tensor) -> Tensor:
    """The same odd, symmetric filter down and across every channel."""
    channels, radius = x.shape[1], len(taps) // 2
    kernel = taps.expand(channels, 1, -1)
    x = F.conv2d(F.pad(x, (0, 0, radius, radius), mode="replicate"), kernel[..., None], groups=channels)
    return F.conv2d(F.pad(x, (radius, radius, 0, 0), mode="replicate"), kernel[:, :, None], groups=channels)


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
