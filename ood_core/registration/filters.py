"""Filters of whole pictures that are fast on one CPU thread: Gaussians, windows' extremes, gradients."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

_LUMA = (0.299, 0.587, 0.114)
_LARGE = 2.5  # standard deviation from which a Gaussian runs on a picture of half the size


def gaussian(x: Tensor, sigma: float) -> Tensor:
    """Gaussian blur of [B,C,H,W], reflected at the borders; ``sigma`` in pixels, 0 for none.

    Each axis is a sum of shifted views: for few channels on one thread that is 20 to 60 times faster than
    ``conv2d``. Wide ones run on a reduced picture.
    """
    height, width = x.shape[-2:]
    if sigma < 0.1:
        return x
    if sigma > _LARGE and min(height, width) > 48:
        half = gaussian(halved(x), math.sqrt(sigma * sigma - 0.5) / 2)
        return F.interpolate(half, size=(height, width), mode="bilinear", align_corners=False)
    for dim in (-2, -1):
        x = _blur_axis(x, sigma, dim)
    return x


def _blur_axis(x: Tensor, sigma: float, dim: int) -> Tensor:
    length = x.shape[dim]
    radius = min(math.ceil(2.6 * sigma), length - 1)
    taps = [math.exp(-i * i / (2 * sigma * sigma)) for i in range(radius + 1)]
    total = taps[0] + 2 * sum(taps[1:])
    pad = (0, 0, radius, radius) if dim == -2 else (radius, radius, 0, 0)
    padded = F.pad(x, pad, mode="reflect") if radius else x
    out = padded.narrow(dim, radius, length) * (taps[0] / total)
    for i in range(1, radius + 1):
        out.add_(padded.narrow(dim, radius - i, length), alpha=taps[i] / total)
        out.add_(padded.narrow(dim, radius + i, length), alpha=taps[i] / total)
    return out


def halved(x: Tensor) -> Tensor:
    """Means of 2×2 pixels, five times faster than pooling; an odd side's last pixels are repeated."""
    height, width = x.shape[-2:]
    if height % 2 or width % 2:
        x = F.pad(x, (0, width % 2, 0, height % 2), mode="replicate")
    x = x[..., 0::2, :] + x[..., 1::2, :]
    return (x[..., 0::2] + x[..., 1::2]).mul_(0.25)


def dilate(x: Tensor, radius: int) -> Tensor:
    """Maximum over squares that reach ``radius`` pixels; negative radii erode."""
    if radius < 0:
        return -dilate(-x, -radius)
    if radius == 0:
        return x
    for dim in (-2, -1):
        x = _maximum_along(x, radius, dim)
    return x


def _maximum_along(x: Tensor, radius: int, dim: int) -> Tensor:
    """Windows of doubled length until two of them make up the wanted one; pooling takes five times longer."""
    length, side = x.shape[dim], 2 * radius + 1
    pad = (0, 0, radius, radius) if dim == -2 else (radius, radius, 0, 0)
    found, reach = F.pad(x, pad, value=-torch.inf), 1
    while 2 * reach <= side:
        rest = found.shape[dim] - reach
        found, reach = torch.maximum(found.narrow(dim, 0, rest), found.narrow(dim, reach, rest)), 2 * reach
    return torch.maximum(found.narrow(dim, 0, length), found.narrow(dim, side - reach, length))


def luminance(picture: Tensor) -> Tensor:
    """Rec. 601 luma of [B,3,H,W], [B,1,H,W]."""
    return (picture * picture.new_tensor(_LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)


def gradients(x: Tensor) -> tuple[Tensor, Tensor]:
    """Central differences along x and y, of the same shape."""
    padded = F.pad(x, (1, 1, 1, 1), mode="replicate")
    across = (padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2]) / 2
    return across, (padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1]) / 2


def resize(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Bicubic, anti-aliased, without clamping; the same tensor if the size is right already."""
    if x.shape[-2:] == size:
        return x
    return F.interpolate(x, size=size, mode="bicubic", align_corners=False, antialias=True)


def picked(values: Tensor, where: Tensor, most: int = 60000) -> Tensor:
    """Values where a boolean picture of the same size is true, of at most so many pixels, evenly spread."""
    step = values.numel() // most + 1
    return values.flatten()[::step][where.flatten()[::step]]


def quantile(values: Tensor, share: float = 0.5) -> float:
    """A quantile of at most 40,000 of the values, evenly picked; 0 if there are none."""
    values = values.reshape(-1)
    if values.numel() == 0:
        return 0.0
    if values.numel() > 40000:
        values = values[:: values.numel() // 40000 + 1]
    return float(torch.kthvalue(values, max(1, int(share * values.numel()))).values)
