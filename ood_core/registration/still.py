"""The frames of a clip: each lies where its neighbours say, too, so that an edit keeps still."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from .geometry import corners_apart
from .stage import Placed

_REACH = 2.0  # standard deviation of the weights of neighbouring frames, in frames
_ALIKE = 0.003  # of the longer side: frames that lie further apart than this moved, or are of other shots


def held_still(frames: Sequence[Placed]) -> list[Placed]:
    """Placements averaged over neighbouring frames that lie alike.

    A frame that could not be registered lies as the nearest one that could. What was pasted to the bit is
    left alone.

    Args:
        frames: of one clip, in their order.
    """
    return [_averaged(frames, index) for index in range(len(frames))]


def weights_around(count: int, index: int, reach: float) -> list[tuple[int, float]]:
    """The neighbours of a frame up to twice ``reach`` away, itself among them, and how much each counts."""
    radius = math.ceil(2 * reach)
    near = range(max(0, index - radius), min(count, index + radius + 1))
    return [(other, math.exp(-(((other - index) / reach) ** 2) / 2)) for other in near]


def _averaged(frames: Sequence[Placed], index: int) -> Placed:
    own = frames[index]
    if own.exact:
        return own
    sure = [
        (frames[other], weight)
        for other, weight in weights_around(len(frames), index, _REACH)
        if frames[other].report.confidence > 0
        and not frames[other].exact
        and frames[other].placement.size == own.placement.size
        and frames[other].placement.edited_size == own.placement.edited_size
    ]
    if not sure:
        return own
    base = own if own.report.confidence > 0 else max(sure, key=lambda each: each[1])[0]
    size = base.placement.size
    alike = [
        (other.placement, weight)
        for other, weight in sure
        if corners_apart(other.placement.matrix, base.placement.matrix, size) < _ALIKE * max(size)
    ]
    total = sum(weight for _, weight in alike)
    matrix = torch.stack([weight / total * each.matrix for each, weight in alike]).sum(0)
    bends = [weight / total * each.bend for each, weight in alike if each.bend is not None]
    bend: Tensor | None = torch.stack(bends).sum(0) if bends else None
    return replace(base, placement=replace(base.placement, matrix=matrix, bend=bend))
