"""Gradient-domain blending, by OpenCV: what the composite is compared with."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..errors import OodError
from ..files.levels import from_uint8, to_uint8

_SMALLEST = 3  # pixels: OpenCV fails on anything narrower, which has no inside; there the edit is taken
_FRAME = 2  # pixels around the picture: OpenCV solves wrongly where the region touches its border


def poisson_blend(original: Tensor, edited: Tensor, region: Tensor) -> Tensor:
    """The edit's gradients inside a region, continued from the original at its border (Pérez et al. 2003).

    Args:
        original: I, [1, 3, H, W] in [-1, 1].
        edited: T, same shape.
        region: what is blended in, boolean [1, 1, H, W].

    Returns:
        [1, 3, H, W], of 8 bits inside the region; outside it holds the original's bits.

    Raises:
        OodError: if OpenCV is not installed.
    """
    cv2 = _opencv()
    if not bool(region.any()):
        return original
    edge = ((_FRAME, _FRAME), (_FRAME, _FRAME))
    below, above = (np.pad(to_uint8(picture)[0], (*edge, (0, 0)), "edge") for picture in (original, edited))
    mask = np.pad(region[0, 0].cpu().numpy().astype(np.uint8) * 255, edge)
    x, y, width, height = cv2.boundingRect(mask)
    if min(width, height) < _SMALLEST:
        return torch.where(region, edited, original)
    centre = (x + width // 2, y + height // 2)  # where the region lies already
    blended = cv2.seamlessClone(above, below, mask, centre, cv2.NORMAL_CLONE)
    inner = blended[_FRAME:-_FRAME, _FRAME:-_FRAME]
    return torch.where(region, from_uint8(inner[None]).to(original), original)


def _opencv():  # type: ignore[no-untyped-def]  # OpenCV's own types need not be there
    try:
        import cv2
    except ModuleNotFoundError:
        raise OodError('the method poisson needs OpenCV: pip install "ood-editing[eval]"') from None
    return cv2
