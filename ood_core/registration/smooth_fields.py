"""Smooth fields of two numbers per place, fitted to weighted observations: a warp, or a gain and an offset.

Both problems are the same: each cell of a grid has a 2×2 normal matrix A and a right side b, and the field f
minimises Σ fᵀA f − 2 bᵀf plus its bending energy (a thin plate), so that it runs on straight where nothing is
known instead of falling back to zero.
"""

from __future__ import annotations

from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor


def cells_of(values: Tensor, cells: tuple[int, int]) -> Tensor:
    """Mean of [1,C,H,W] in each cell of a grid, [1,C,*cells]."""
    return F.adaptive_avg_pool2d(values, cells)


def solve_field(normal: Tensor, right: Tensor, stiffness: float, pull: tuple[float, float]) -> Tensor:
    """The smooth field that fits best.

    Args:
        normal: a, b, d of [[a, b], [b, d]] of each cell, [1, 3, n, m].
        right: [1, 2, n, m].
        stiffness: weight of the bending energy relative to the mean of the observations.
        pull: weight of each component's distance from 0, relative likewise.

    Returns:
        The field at the cells' centres and one ring of cells further out, [1, 2, n + 2, m + 2].
    """
    rows, columns = normal.shape[-2] + 2, normal.shape[-1] + 2
    padded = F.pad(normal[0].cpu().double(), (1, 1, 1, 1)).flatten(1)
    sides = F.pad(right[0].cpu().double(), (1, 1, 1, 1)).flatten(1)
    a, b, d = padded
    bending = _bending_energy(rows, columns)
    identity = torch.eye(rows * columns, dtype=torch.float64)
    first, second = float(a.mean()) + 1e-9, float(d.mean()) + 1e-9
    top = torch.diag(a) + first * (stiffness * bending + pull[0] * identity)
    bottom = torch.diag(d) + second * (stiffness * bending + pull[1] * identity)
    cross = torch.diag(b)
    system = torch.cat([torch.cat([top, cross], 1), torch.cat([cross, bottom], 1)])
    field = torch.linalg.solve(system, sides.flatten())
    return field.view(1, 2, rows, columns).to(right)


def spread_field(field: Tensor, size: tuple[int, int], rows: slice = slice(None)) -> Tensor:
    """A field from `solve_field` at every pixel of a (height, width) picture, or of some of its rows."""
    inner_rows, inner_columns = field.shape[-2] - 2, field.shape[-1] - 2
    down = _spreading(inner_rows, size[0]).to(field)[rows]
    return down @ field @ _spreading(inner_columns, size[1]).to(field).T


@lru_cache(maxsize=16)
def _spreading(cells: int, length: int) -> Tensor:
    """Weights of bicubic interpolation from cells and the ring around them to pixels, [length, cells + 2]."""
    at = ((torch.arange(length) + 0.5) / length * cells + 1) / (cells + 2) * 2 - 1
    grid = torch.stack([torch.zeros(length), at], -1)[None, :, None]
    each = torch.eye(cells + 2).view(1, cells + 2, cells + 2, 1)
    return F.grid_sample(each, grid, "bicubic", "border", align_corners=False)[0, :, :, 0].T.contiguous()


@lru_cache(maxsize=8)
def _bending_energy(rows: int, columns: int) -> Tensor:
    """Σ f_xx² + 2 f_xy² + f_yy² over a grid, as a matrix of the flattened field."""
    bend_y, bend_x = _differences(rows, 2), _differences(columns, 2)
    slope_y, slope_x = _differences(rows, 1), _differences(columns, 1)
    eye_y, eye_x = torch.eye(rows, dtype=torch.float64), torch.eye(columns, dtype=torch.float64)
    parts = [torch.kron(bend_y, eye_x), torch.kron(eye_y, bend_x), 2**0.5 * torch.kron(slope_y, slope_x)]
    return sum((part.T @ part for part in parts), torch.zeros(rows * columns, rows * columns).double())


def _differences(count: int, order: int) -> Tensor:
    matrix = torch.eye(count, dtype=torch.float64)
    for _ in range(order):
        matrix = matrix[1:] - matrix[:-1]
    return matrix
