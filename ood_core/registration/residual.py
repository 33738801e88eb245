"""What an affine map leaves: a smooth warp of a few pixels."""

from __future__ import annotations

import torch
from torch import Tensor

from .affine_fit import tukey
from .agreement import Structure, correlation, score, structure
from .filters import gradients, halved
from .geometry import pixel_grid, sample
from .smooth_fields import cells_of, solve_field, spread_field

_CELLS = 14  # along the longer side
_COARSE, _FINE = (3.0, 0.6, 0.15), (0.15, 0.06, 0.04)
"""Stiffness step by step, at half the size and at all of it: the whole first, then its parts."""
_STEEPEST = 0.05  # pixels per pixel; what bends more was moved by the edit
_FARTHEST = 0.015  # of the longer side
_GAIN = 0.012  # of the score, that a warp must bring,
_PROMISE = 0.0005  # and at half the size to be followed up
_VISIBLE = 0.1  # a warp that moves no cell by so many pixels is not worth having
_SMALLEST = 96  # pixels of the longer side, below which pictures are not made smaller


def residual_warp(grey: Tensor, seen: Tensor, covered: Tensor) -> Tensor | None:
    """The smooth warp f with ``seen(p + f(p)) ≈ grey(p)``, fitted where the two agree.

    Args:
        grey: I's luminance, [1,1,H,W] in [0,1].
        seen: T's, as the affine map brings it, on I's grid.
        covered: where T reaches, [1,1,H,W].

    Returns:
        A field of `smooth_fields` in shares of the longer side; None where none is needed or found: the
        structure agrees no better by it, or what it needs is not smooth.
    """
    side = max(grey.shape[-2:])
    cells = (max(3, round(_CELLS * grey.shape[-2] / side)), max(3, round(_CELLS * grey.shape[-1] / side)))
    field = torch.zeros(1, 2, cells[0] + 2, cells[1] + 2, device=grey.device)
    if side >= 2 * _SMALLEST:
        first, second = structure(halved(grey)), structure(halved(seen))
        reach = (halved(covered) > 0.99).float()
        field = _refined(first, second, reach, field, _COARSE)
        if not _helps(first, second, reach, field, _PROMISE):
            return None
    first, second = structure(grey), structure(seen)
    field = _refined(first, second, covered, field, _FINE)
    moved = field.square().sum(1).sqrt()
    if float(moved.max()) * side < _VISIBLE or float(moved.max()) > _FARTHEST:
        return None
    return field if _helps(first, second, covered, field, _GAIN) else None


def _refined(
    source: Structure, seen: Structure, covered: Tensor, field: Tensor, stiffnesses: tuple[float, ...]
) -> Tensor:
    side, cells = max(source.size), (field.shape[-2] - 2, field.shape[-1] - 2)
    for stiffness in stiffnesses:
        normal, right = _observations(source, seen, covered, field)
        normal, right = cells_of(normal, cells), cells_of(right, cells)
        field = _smooth_enough(normal, right, stiffness, side / max(cells)) / side
    return field


def _helps(source: Structure, seen: Structure, covered: Tensor, field: Tensor, gain: float) -> bool:
    before = score(correlation(source.feature, seen.feature), source.contrast, covered)
    feature, _ = _bent(seen, field)
    return score(correlation(source.feature, feature), source.contrast, covered) > before + gain


def _observations(
    source: Structure, seen: Structure, covered: Tensor, field: Tensor
) -> tuple[Tensor, Tensor]:
    """Each pixel's normal matrix and right side of Lucas & Kanade's equations for the whole field."""
    feature, bend = _bent(seen, field)
    trust = ((correlation(source.feature, feature) - 0.35) / 0.4).clamp(0, 1)
    trust = trust * covered * source.contrast / (source.contrast + 0.02)
    error = source.feature - feature
    weight = trust * tukey(error, trust)
    across, down = gradients((feature + source.feature) / 2)
    reached = error + across * bend[:, :1] + down * bend[:, 1:]
    normal = torch.cat([across * across, across * down, down * down], 1) * weight
    return normal, torch.cat([across, down], 1) * reached * weight


def _smooth_enough(normal: Tensor, right: Tensor, stiffness: float, cell: float) -> Tensor:
    """The softest field from this stiffness on that bends nowhere too much, in pixels."""
    for _ in range(6):
        field = solve_field(normal, right, stiffness, (0.003, 0.003))
        steps = (field[..., 1:] - field[..., :-1], field[..., 1:, :] - field[..., :-1, :])
        if max(float(step.abs().max()) for step in steps) <= _STEEPEST * cell:
            break
        stiffness *= 3
    return field


def _bent(seen: Structure, field: Tensor) -> tuple[Tensor, Tensor]:
    """The feature seen through a warp, and the warp in pixels."""
    bend = spread_field(field, seen.size) * max(seen.size)
    x, y = pixel_grid(seen.size, field.device)
    return sample(seen.feature, x + bend[0, 0], y + bend[0, 1]), bend
