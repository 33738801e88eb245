"""Where I's pixels lie in T: hypotheses, a robust affine fit, a smooth warp; or a refusal."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from .affine_fit import fit_affine, map_score
from .agreement import correlation, score, structure
from .filters import dilate, luminance, resize
from .geometry import corners_apart, resizing
from .hypotheses import Start, Way, find_start, scaled_pair
from .placement import Placement
from .report import UNSURE, Report, describe, featureless, refusal
from .residual import residual_warp

_WORTH = 0.003  # of the score; a tiny motion that gains less than this over plain resizing is noise
_UNMOVED = 0.6  # pixels; what a tiny motion is: one of 0.25 gains 0.015
_DOUBT, _CLEARLY = 0.25, 1.3  # below this score a map must be so many times better than plain resizing
_FLAT, _STRUCTURED = 0.02, 0.005  # contrast that is none, and the share of the picture that must have some
_RIVAL = 0.5  # share of the score from which plain resizing, too, is a start for a warp
_MIDDLE = 256  # longer side of the first refinement


def locate(small: Tensor, edited: Tensor, plain: Placement) -> tuple[Placement, Report]:
    """Find T's place.

    Args:
        small: I at the size of estimation, [1,3,h,w] in [0,1].
        edited: T, [1,3,H',W'] in [-1,1].
        plain: T merely resized to I.

    Returns:
        The placement, ``plain`` where nothing better is sure, and what to say about it.
    """
    grey, edited_grey = luminance(small), luminance(_bounded(edited, _size(small))) / 2 + 0.5
    if float((structure(grey).contrast > _FLAT).float().mean()) < _STRUCTURED:
        return plain, featureless()
    start = find_start(grey, edited_grey)
    matrix, found, plain_score = _refine(grey, edited_grey, start)
    in_small = resizing(plain.size, _size(grey))
    from_bounded = resizing(_size(edited_grey), plain.edited_size)
    full = from_bounded @ matrix @ in_small
    still = corners_apart(full, plain.matrix, plain.size) < _UNMOVED * max(plain.size) / max(_size(grey))
    clear = found > _DOUBT or found > _CLEARLY * plain_score
    way = start.way
    if not clear or found < plain_score + (_WORTH if still else 0):
        full, found, way = plain.matrix, plain_score, Way(1.0, 1.0)
    if found < UNSURE:
        return plain, refusal()
    placement, found = _bend(grey, edited, replace(plain, matrix=full), found)
    if placement.bend is not None and full is not plain.matrix and plain_score > _RIVAL * found:
        rival = _bend(grey, edited, plain, plain_score)  # where only a part moved, it pulls at the affine map
        placement, found = max((placement, found), rival, key=lambda each: each[1])
    return placement, describe(placement, way, found)


def _bounded(edited: Tensor, size: tuple[int, int]) -> Tensor:
    """T, no more than twice as large as the picture it is compared with."""
    height, width = _size(edited)
    scale = min(1.0, 2 * max(size) / max(height, width))
    return resize(edited, (max(1, round(height * scale)), max(1, round(width * scale))))


def _refine(grey: Tensor, edited_grey: Tensor, start: Start) -> tuple[Tensor, float, float]:
    """The map from I's to T's pixels, its score, and the score of plain resizing."""
    upright = start.way.upright(edited_grey)
    matrix, longer = start.matrix, max(_size(grey))
    for side in [side for side in (_MIDDLE,) if side < longer] + [longer]:
        first, second, to_small, to_upright = scaled_pair(grey, upright, start.way, side)
        local = torch.linalg.inv(to_upright) @ matrix @ torch.linalg.inv(to_small)
        local = fit_affine(first, second, local, 6 if side == _MIDDLE else 4, similar=False)
        matrix = to_upright @ local @ to_small
    back = start.way.to_edited(_size(edited_grey))
    plain = torch.linalg.inv(back) @ resizing(_size(grey), _size(edited_grey))
    plain_local = torch.linalg.inv(to_upright) @ plain @ torch.linalg.inv(to_small)
    return back @ matrix, map_score(first, second, local), map_score(first, second, plain_local)


def _bend(grey: Tensor, edited: Tensor, placement: Placement, found: float) -> tuple[Placement, float]:
    """The placement with a smooth warp on top, if that helps, and its score."""
    covered = dilate(placement.coverage(_size(grey), grey.device), -2)
    bend = residual_warp(grey, _seen(placement, edited, _size(grey)), covered)
    if bend is None:
        return placement, found
    placement = replace(placement, bend=bend)
    first, second = structure(grey), structure(_seen(placement, edited, _size(grey)))
    return placement, score(correlation(first.feature, second.feature), first.contrast, covered)


def _seen(placement: Placement, edited: Tensor, size: tuple[int, int]) -> Tensor:
    """T's luminance on I resized to ``size``."""
    return luminance(placement.bring(edited, size)) / 2 + 0.5


def _size(picture: Tensor) -> tuple[int, int]:
    return picture.shape[-2], picture.shape[-1]
