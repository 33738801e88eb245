"""Robust Gauss–Newton for an affine map, on locally normalised luminance (Baker & Matthews 2004)."""

from __future__ import annotations

import torch
from torch import Tensor

from .agreement import Structure, correlation, score
from .filters import gradients, picked, quantile
from .geometry import affine, inside, pixel_grid, sample, transform

_TUKEY = 4.685  # of a deviation; the usual constant of Tukey's weights
_STEP = 6.0  # no step moves the border further, in pixels
_MANY = 300  # pixels a side; of larger pictures few pixels do for all steps but the last
_THIN = 3  # every so many; 2 would fall in step with the blocks of JPEGs and autoencoders, and pull by 0.5 px
_LAST = 2  # steps by all pixels
_STILL = 0.004  # a step that moves nothing further ends the search


def warped(target: Structure, matrix: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """A structure's feature seen through a map, and where it reaches, both [1,1,h,w] of ``size``."""
    x, y = transform(matrix, *pixel_grid(size, target.feature.device))
    x, y = torch.broadcast_tensors(x, y)
    return sample(target.feature, x, y), inside(x, y, target.size)


def map_score(source: Structure, target: Structure, matrix: Tensor) -> float:
    """The share of the source's structure that a map finds in the target, see `score`."""
    seen, covered = warped(target, matrix, source.size)
    return score(correlation(source.feature, seen), source.contrast, covered)


def fit_affine(source: Structure, target: Structure, matrix: Tensor, steps: int, similar: bool) -> Tensor:
    """Improve a map so that the target, seen through it, has the source's structure.

    Edited places disagree and lose their weight: first by local correlation, then by Tukey's function.

    Args:
        source: of I, target: of T, at matching scales.
        matrix: I's pixels → T's pixels, to start with.
        steps: at most so many.
        similar: fit a shift, zoom and turn (4 numbers) instead of any affine map (6).

    Returns:
        The map, 3×3 in double precision.
    """
    if max(source.size) > _MANY:
        matrix = _fitted(source, target, matrix, steps - _LAST, similar, _THIN)
        steps = _LAST
    return _fitted(source, target, matrix, steps, similar, 1)


def _fitted(
    source: Structure, target: Structure, matrix: Tensor, steps: int, similar: bool, apart: int
) -> Tensor:
    """`fit_affine` by pixels that lie ``apart``."""
    thin = (..., slice(None, None, apart), slice(None, None, apart))
    moving = _directions(source.size, source.feature.device, similar)
    directions = [(x[thin], y[thin]) for x, y in moving]
    trust = source.feature
    for step in range(steps):
        seen, covered = warped(target, matrix, source.size)
        if step % 3 == 0:
            trust = _trust(source, seen, covered)
        across, down = (each[thin] for each in gradients((seen + source.feature) / 2))
        error, weight = (source.feature - seen)[thin], trust[thin]
        weight = weight * tukey(error, weight)
        solved = _solve(directions, (across, down), error, weight)
        matrix = matrix @ _increment(solved, source.size)
        if float(solved.abs().max()) < _STILL:
            break
    return matrix


def tukey(error: Tensor, trust: Tensor) -> Tensor:
    """Tukey's weights for errors whose spread is taken where ``trust`` is above 0.3."""
    trusted = picked(error, trust > 0.3).abs()
    spread = min(0.6, max(0.08, 1.4826 * quantile(trusted))) if trusted.numel() > 50 else 0.5
    return (1 - (error / (_TUKEY * spread)).square()).clamp(0, 1).square()


def _trust(source: Structure, seen: Tensor, covered: Tensor) -> Tensor:
    agreeing = ((correlation(source.feature, seen) - 0.2) / 0.5).clamp(0, 1)
    return agreeing * covered * source.contrast / (source.contrast + 0.02)


def _directions(size: tuple[int, int], device: torch.device, similar: bool) -> list[tuple[Tensor, Tensor]]:
    """Displacement fields (x, y) that the numbers of the fit scale; each moves the border by at most 1."""
    x, y = pixel_grid(size, device)
    half = 2 / max(size)
    x, y = torch.broadcast_tensors((x - (size[1] - 1) / 2) * half, (y - (size[0] - 1) / 2) * half)
    one, none = torch.ones_like(x), torch.zeros_like(x)
    if similar:
        return [(one, none), (none, one), (x, y), (-y, x)]
    return [(one, none), (none, one), (x, none), (y, none), (none, x), (none, y)]


def _solve(
    directions: list[tuple[Tensor, Tensor]], slopes: tuple[Tensor, Tensor], error: Tensor, weight: Tensor
) -> Tensor:
    """One weighted least-squares step; six numbers: shift x, y, then the matrix's four."""
    rows = [(slopes[0][0, 0] * x + slopes[1][0, 0] * y).flatten() for x, y in directions]
    jacobian = torch.stack(rows)
    weighted = jacobian * weight.flatten()
    normal = (weighted @ jacobian.T).cpu().double()  # some accelerators have no doubles
    normal += torch.eye(len(rows)) * (1e-3 * normal.diagonal().mean() + 1e-6)
    p = torch.linalg.solve(normal, (weighted @ error.flatten()).cpu().double()).clamp(-_STEP, _STEP)
    if len(rows) == 4:
        return torch.stack([p[0], p[1], p[2], -p[3], p[3], p[2]])
    return p


def _increment(p: Tensor, size: tuple[int, int]) -> Tensor:
    x, y = (size[1] - 1) / 2, (size[0] - 1) / 2
    dx, dy, a, b, c, d = p.tolist()
    half = 2 / max(size)
    a, b, c, d = (value * half for value in (a, b, c, d))
    return affine([[1 + a, b, dx - a * x - b * y], [c, 1 + d, dy - c * x - d * y]])
