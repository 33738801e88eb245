"""How a face moved between two crops, measured on their pixels: finer than landmarks can say."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

_STEPS = 6
_WIDTH = 0.4  # standard deviation of the weight of pixels about the middle; the crop reaches from -1 to 1
_RIDGE = 1e-3  # of the mean slope: where there is nothing to see, nothing moved
_FURTHEST = 0.1  # motion beyond which the two do not show the same


def moved(first: Tensor, second: Tensor) -> Tensor:
    """The small similarity that brings the second crop over the first (Lucas & Kanade 1981).

    Args:
        first, second: [1, 3, R, R], nearly alike.

    Returns:
        (a, b, x, y), float64 on the CPU: what lies at u in the first lies at u + (a + ib)·u + (x + iy) in the
        second, where u is complex and the crop reaches from -1 to 1. Zeros where no small motion explains it.
    """
    before, after = (crop.mean(dim=1, keepdim=True).double().cpu() for crop in (first, second))
    size = before.shape[-1]
    across = ((torch.arange(size, dtype=torch.float64) + 0.5) * 2 / size - 1).expand(size, size)
    down = across.T
    weight = torch.exp(-(across.square() + down.square()) / (2 * _WIDTH**2)).flatten()
    dy, dx = torch.gradient(before[0, 0], spacing=2 / size)
    slopes = torch.stack([dx * across + dy * down, dy * across - dx * down, dx, dy], dim=-1).flatten(0, 1)
    weighted = slopes * weight[:, None]
    normal = weighted.T @ slopes
    normal += _RIDGE * (normal.diagonal().mean() + 1e-6) * torch.eye(4, dtype=torch.float64)
    motion = torch.zeros(4, dtype=torch.float64)
    for _ in range(_STEPS):
        a, b, x, y = motion
        grid = torch.stack([across + a * across - b * down + x, down + b * across + a * down + y], dim=-1)
        there = F.grid_sample(after, grid[None], padding_mode="border", align_corners=False)
        motion = motion + torch.linalg.solve(normal, weighted.T @ (before - there).flatten())
        if not bool(motion.abs().max() < _FURTHEST):
            return torch.zeros(4, dtype=torch.float64)
    return motion
