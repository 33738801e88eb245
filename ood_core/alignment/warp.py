"""One resampling through an affine map, filtered where it shrinks, in bounded memory."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from ..images import Box

Affine = tuple[float, float, float, float, float, float]
"""a, b, c, d, e, f of (x, y) -> (a·x + b·y + c, d·x + e·y + f), in continuous pixel coordinates."""

Kernel = Literal["bilinear", "bicubic"]
Border = Literal["reflection", "zeros"]

_POINTS = 2**21  # samples taken at a time: some 100 MiB with their coordinates


def warp(
    source: Tensor, to_source: Affine, target: Box, kernel: Kernel = "bicubic", border: Border = "reflection"
) -> Tensor:
    """Resample a picture through a similarity.

    Each target pixel is the mean over a grid of samples not further apart than one source pixel, so that
    shrinking averages areas as `resize_area` does; enlarging takes one sample. Every pixel depends on its own
    coordinates only: a part of the target has the bits that it has in the whole.

    Args:
        source: [B, C, h, w].
        to_source: from the target's coordinates to the source's; (0, 0) is the top left corner.
        target: which of the target's pixels to compute.
        kernel: how a sample is interpolated; "bicubic" does not overshoot each picture's own range.
        border: what lies outside the source.

    Returns:
        [B, C, target.height, target.width].
    """
    density = max(1, math.ceil(math.hypot(to_source[0], to_source[3]) - 1e-6))
    parts = []
    for top, rows in _strips(target, density):
        grid = _coordinates(source, to_source, Box(top, target.left, rows, target.width), density)
        grid = grid.expand(len(source), -1, -1, -1)
        sampled = F.grid_sample(source, grid, mode=kernel, padding_mode=border, align_corners=False)
        parts.append(sampled if density == 1 else F.avg_pool2d(sampled, density))
    warped = torch.cat(parts, dim=2)
    if kernel == "bilinear":
        return warped
    dims = (1, 2, 3)
    return warped.clamp(source.amin(dims, keepdim=True), source.amax(dims, keepdim=True))


def _strips(target: Box, density: int) -> Iterator[tuple[int, int]]:
    """First row and number of rows of strips that together are the target."""
    rows = max(1, _POINTS // (target.width * density**2))
    for start in range(0, target.height, rows):
        yield target.top + start, min(rows, target.height - start)


def _coordinates(source: Tensor, to_source: Affine, target: Box, density: int) -> Tensor:
    """Where in the source to sample, as `grid_sample` wants it: [1, rows·density, columns·density, 2]."""
    a, b, c, d, e, f = to_source
    x, y = (
        (torch.arange(start * density, (start + count) * density, dtype=torch.float64) + 0.5) / density
        for start, count in ((target.left, target.width), (target.top, target.height))
    )
    height, width = source.shape[-2:]
    columns = (a * x + b * y[:, None] + c) * (2 / width) - 1
    rows = (d * x + e * y[:, None] + f) * (2 / height) - 1
    return torch.stack([columns, rows], dim=-1)[None].to(source)
