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
    y = (torch.arange(size[0], device=field.device, dtype=torch.float32)[rows] + 0.5) / size[0]
    x = (torch.arange(size[1], device=field.device, dtype=torch.float32) + 0.5) / size[1]
    y, x = (y * inner_rows + 1) / (inner_rows + 2), (x * inner_columns + 1) / (inner_columns + 2)
    grid = torch.stack(torch.broadcast_tensors(x[None] * 2 - 1, y[:, None] * 2 - 1), -1)[None]
    return F.grid_sample(field, grid, "bicubic", "border", align_corners=False)


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
