"""Arithmetic of boxes: left, top, right, bottom."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def areas(boxes: Tensor) -> Tensor:
    """Of boxes [..., 4]: [...]; 0 where a box is turned inside out."""
    return (boxes[..., 2:] - boxes[..., :2]).clamp_min(0).prod(dim=-1)


def overlaps(first: Tensor, second: Tensor) -> Tensor:
    """Intersection over union of every box [N, 4] with every one of [M, 4]: [N, M]."""
    shared = _shared(first, second)
    return shared / (areas(first)[:, None] + areas(second) - shared).clamp_min(1e-9)


def coverage(first: Tensor, second: Tensor) -> Tensor:
    """Intersection over the smaller one, [N, M], of boxes [N, 4] and [M, 4]: 1 where one holds the other."""
    smaller = torch.minimum(areas(first)[:, None], areas(second))
    return _shared(first, second) / smaller.clamp_min(1e-9)


def _shared(first: Tensor, second: Tensor) -> Tensor:
    low = torch.maximum(first[:, None, :2], second[None, :, :2])
    high = torch.minimum(first[:, None, 2:], second[None, :, 2:])
    return (high - low).clamp_min(0).prod(dim=-1)


def generalised_overlap(first: Tensor, second: Tensor) -> Tensor:
    """Of pairs of boxes [N, 4], in (-1, 1], [N] (Rezatofighi et al. 2019, algorithm 1)."""
    low, high = torch.maximum(first[:, :2], second[:, :2]), torch.minimum(first[:, 2:], second[:, 2:])
    shared = (high - low).clamp_min(0).prod(dim=-1)
    union = (areas(first) + areas(second) - shared).clamp_min(1e-9)
    least, most = torch.minimum(first[:, :2], second[:, :2]), torch.maximum(first[:, 2:], second[:, 2:])
    hull = (most - least).prod(dim=-1).clamp_min(1e-9)
    return shared / union - (hull - union) / hull


def suppressed(
    boxes: Tensor, scores: Tensor, most: float, measure: Callable[[Tensor, Tensor], Tensor] = overlaps
) -> Tensor:
    """Which boxes remain when each removes those less sure that overlap it by more than ``most``.

    Args:
        boxes: [N, 4].
        scores: [N].
        most: of ``measure``.
        measure: ``overlaps`` or ``coverage``.

    Returns:
        Indices by descending score.
    """
    order = scores.argsort(descending=True, stable=True)
    clash = (measure(boxes[order], boxes[order]) > most).triu(1)
    keep = torch.ones_like(order, dtype=torch.bool)
    for index in range(len(order)):
        keep &= ~(clash[index] & keep[index])
    return order[keep]
