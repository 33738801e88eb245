"""Affine maps between pictures' pixel coordinates: x to the right, y down, 0 at the first pixel's centre."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def affine(rows: list[list[float]]) -> Tensor:
    """A 3×3 matrix in double precision from its first two rows."""
    return torch.tensor([*rows, [0.0, 0.0, 1.0]], dtype=torch.float64)


def resizing(source: tuple[int, int], target: tuple[int, int]) -> Tensor:
    """The map from a ``source`` (height, width) to the same picture resized to ``target``."""
    y, x = target[0] / source[0], target[1] / source[1]
    return affine([[x, 0.0, x / 2 - 0.5], [0.0, y, y / 2 - 0.5]])


def pixel_grid(
    size: tuple[int, int], device: torch.device, rows: slice = slice(None)
) -> tuple[Tensor, Tensor]:
    """Coordinates x [1, W] and y [h, 1] of a picture's pixels, or of some of its rows."""
    y = torch.arange(size[0], device=device, dtype=torch.float32)[rows]
    return torch.arange(size[1], device=device, dtype=torch.float32)[None], y[:, None]


def transform(matrix: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Apply an affine map to coordinates."""
    (a, b, c), (d, e, f) = matrix[:2].tolist()
    return a * x + b * y + c, d * x + e * y + f


def sample(picture: Tensor, x: Tensor, y: Tensor, mode: str = "bilinear") -> Tensor:
    """Values of [1,C,H,W] at pixel coordinates x, y [h, w], [1,C,h,w]; it is mirrored at its border."""
    height, width = picture.shape[-2:]
    grid = torch.stack([(x * 2 + 1) / width - 1, (y * 2 + 1) / height - 1], -1)[None]
    return F.grid_sample(picture, grid, mode, "reflection", align_corners=False)


def inside(x: Tensor, y: Tensor, size: tuple[int, int], margin: float = 0.0) -> Tensor:
    """1 where coordinates lie in a picture of that (height, width), ``margin`` pixels from its border."""
    height, width = size
    across = (x >= margin) & (x <= width - 1 - margin)
    return (across & (y >= margin) & (y <= height - 1 - margin)).float()[None, None]


def corners_apart(first: Tensor, second: Tensor, size: tuple[int, int]) -> float:
    """The largest distance by which two maps move a corner of a (height, width) picture, in pixels."""
    height, width = size
    corners = torch.tensor(
        [[0, 0, 1], [width - 1, 0, 1], [0, height - 1, 1], [width - 1, height - 1, 1]], dtype=torch.float64
    )
    return float(((first - second) @ corners.T)[:2].square().sum(0).sqrt().max())
