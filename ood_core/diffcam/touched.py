"""Where a picture was edited that may have been saved and resized since."""

from __future__ import annotations

import io

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..files.levels import from_uint8, to_uint8
from ..images import resize_area, resize_bicubic
from .filters import dilate

_ROUNDING = 2.01 / 255  # a grey level, range 2: some round to 8 bits, ComfyUI cuts off
_FAR = 0.1  # differences beyond are an edit and say nothing of a resizing
_RIM = 3  # pixels around an edit that belong to its soft rim
_SIZES = (1, 2, 4)  # by which a picture may have been made smaller, and larger again
_ALL = 0.999  # of the textured pixels; what differs then is an edit, however small
_QUALITIES = ((100, 0), (95, 0), (95, 2), (85, 2), (75, 2), (60, 2))
"""Of JPEG files, and how far they thin out colour, in Pillow's numbers. What lies between is tolerated."""


def changed(before: Tensor, after: Tensor) -> Tensor:
    """Where a picture was edited, beyond what saving and resizing do to it.

    The original is put through smaller sizes and JPEG files as well; the one that comes nearest is what the
    edited picture is compared with. Tolerated is twice what that JPEG file, or halving, takes from the
    neighbourhood; beside what exceeds that, half of it, so that an edit keeps its soft rim.

    Args:
        before, after: [B,3,H,W] in [-1,1].

    Returns:
        [B,1,H,W], 0 or 1.

    Raises:
        ImageError: if an original's value is not finite.
    """
    return torch.cat([_changed(*pair) for pair in zip(before.split(1), after.split(1), strict=True)])


def _changed(before: Tensor, after: Tensor) -> Tensor:
    resized = [_by_way_of(before, factor) for factor in _SIZES]
    lost = (before - resized[1]).abs().amax(dim=1, keepdim=True)
    textured = lost > _ROUNDING
    apart = (after - before).abs().amax(dim=1, keepdim=True)
    same = float((apart <= _ROUNDING)[textured].float().mean())  # NaN where all is flat
    if same > _ALL:
        return apart.gt(_ROUNDING).to(after)
    jpegs = [_as_jpeg(before, *quality) for quality in _QUALITIES]
    losses = [lost] * len(resized) + [(before - one).abs().amax(dim=1, keepdim=True) for one in jpegs]
    differences = [(after - one).abs().amax(dim=1, keepdim=True) for one in resized + jpegs]
    costs = [float(difference.clamp(max=_FAR).mean()) for difference in differences]
    best = costs.index(min(costs))
    difference = differences[best]
    if best == 0 and same > 0.5:  # edited, neither resized nor saved with losses
        return apart.gt(_ROUNDING).to(after)
    tolerated = dilate(losses[best], 2) + _ROUNDING
    edited = (difference > 2 * tolerated).to(after)
    return dilate(edited, _RIM) * (difference > tolerated).to(after)


def _by_way_of(picture: Tensor, factor: int) -> Tensor:
    """The picture resized to a fraction of its size and back."""
    size = (picture.shape[-2], picture.shape[-1])
    if factor == 1:
        return picture
    return resize_bicubic(resize_area(picture, (max(1, size[0] // factor), max(1, size[1] // factor))), size)


def _as_jpeg(picture: Tensor, quality: int, subsampling: int) -> Tensor:
    """The picture saved as a JPEG and read again."""
    file = io.BytesIO()
    Image.fromarray(to_uint8(picture)[0]).save(file, "JPEG", quality=quality, subsampling=subsampling)
    with Image.open(file) as saved:
        return from_uint8(np.asarray(saved)[None]).to(picture)
