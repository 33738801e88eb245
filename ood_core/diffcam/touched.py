"""Where a picture was edited that may have been saved and resized since."""

from __future__ import annotations

import torch
from torch import Tensor

from ..images import resize_area, resize_bicubic
from .filters import dilate

_ROUNDING = 2.01 / 255  # a grey level, range 2: some round to 8 bits, ComfyUI cuts off
_FAR = 0.1  # differences beyond are an edit and say nothing of a resizing
_RIM = 3  # pixels around an edit that belong to its soft rim


def changed(before: Tensor, after: Tensor) -> Tensor:
    """Where a picture was edited, beyond what saving to 8 bits and resizing do to it.

    A picture that went through a smaller size is compared with the original at the size that explains most of
    it. Tolerated there is twice what halving the original takes from the neighbourhood; beside what
    exceeds that, half of it, so that an edit keeps its soft rim.

    Args:
        before, after: [B,3,H,W] in [-1,1].

    Returns:
        [B,1,H,W], 0 or 1.
    """
    return torch.cat([_changed(*pair) for pair in zip(before.split(1), after.split(1), strict=True)])


def _changed(before: Tensor, after: Tensor) -> Tensor:
    seen = [_by_way_of(before, factor) for factor in (1, 2, 4)]
    lost = (before - seen[1]).abs().amax(dim=1, keepdim=True)
    differences = [(after - one).abs().amax(dim=1, keepdim=True) for one in seen]
    textured = lost > _ROUNDING
    if bool((differences[0] <= _ROUNDING)[textured].float().mean() > 0.5):  # never resized
        return differences[0].gt(_ROUNDING).to(after)
    difference = min(differences, key=lambda one: float(one.clamp(max=_FAR).mean()))
    tolerated = dilate(lost, 2) + _ROUNDING
    edited = (difference > 2 * tolerated).to(after)
    return dilate(edited, _RIM) * (difference > tolerated).to(after)


def _by_way_of(picture: Tensor, factor: int) -> Tensor:
    """The picture resized to a fraction of its size and back."""
    size = (picture.shape[-2], picture.shape[-1])
    if factor == 1:
        return picture
    return resize_bicubic(resize_area(picture, (max(1, size[0] // factor), max(1, size[1] // factor))), size)
