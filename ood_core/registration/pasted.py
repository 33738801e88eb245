"""Editors that keep most of I to the bit: what they drew anew."""

from __future__ import annotations

import functools

import torch
from torch import Tensor

from ..images import Box
from .filters import dilate

_CLOSED = 6  # pixels; inside a pasted rectangle flat places may be the same by chance
_FILLED = 0.9  # how much of a rectangle must differ
_LEAST, _MOST = 0.02, 0.95  # how large it is, as a share of the picture
_TEXTURED = 1.5 / 127.5  # a difference of neighbours that is no flat ground
_FEW = 64  # textured pixels that say nothing


def same_pixels(original: Tensor, edited: Tensor) -> float:
    """Share of I's textured pixels that T has to the bit; flat black or white says nothing."""
    if original.shape != edited.shape:
        return 0.0
    differs = (original[..., 1:] - original[..., :-1]).abs().amax(1) > _TEXTURED
    count = int(differs.sum())
    if count < _FEW:
        return float((original == edited).all())
    same = functools.reduce(torch.logical_and, (original == edited).unbind(1))
    return float((same[..., 1:] & differs).sum()) / count


def pasted_box(original: Tensor, edited: Tensor) -> Box | None:
    """The rectangle that an editor drew anew and pasted back; None where T differs nowhere or elsewhere, too.

    Inside it T drifts like any edited picture; outside it is the original to the bit.
    """
    if original.shape != edited.shape:
        return None
    differs = (original != edited).any(1, keepdim=True).float()
    differs = dilate(dilate(differs, _CLOSED), -_CLOSED)[0, 0] > 0
    rows, columns = differs.any(1).nonzero().flatten(), differs.any(0).nonzero().flatten()
    if not len(rows):
        return None
    top, left = int(rows[0]), int(columns[0])
    box = Box(top, left, int(rows[-1]) + 1 - top, int(columns[-1]) + 1 - left)
    share = box.height * box.width / differs.numel()
    filled = float(box.crop(differs[None, None].float()).mean())
    return box if filled > _FILLED and _LEAST < share < _MOST else None
