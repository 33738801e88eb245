"""Pictures and masks as whole levels, and back."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..errors import ShapeError
from ..images import check_finite


def to_uint8(image: Tensor) -> np.ndarray:
    """[B,3,H,W] in [-1,1] to uint8 [B,H,W,3], rounded to the nearest level and clipped.

    Raises:
        ShapeError: if there are not four dimensions with three channels.
        ImageError: if a value is not finite.
    """
    check_channels(image, 3)
    return _quantise((image.detach().float() + 1) * 127.5).transpose(0, 2, 3, 1).copy()


def from_uint8(pixels: np.ndarray) -> Tensor:
    """uint8 [B,H,W,3] to float32 [B,3,H,W] in [-1,1]; `to_uint8` gives the same bytes back."""
    return torch.from_numpy(pixels.transpose(0, 3, 1, 2).astype(np.float32)) / 127.5 - 1


def mask_to_uint8(mask: Tensor) -> np.ndarray:
    """[B,1,H,W] in [0,1] to uint8 [B,H,W]; errors as `to_uint8`."""
    check_channels(mask, 1)
    return _quantise(mask.detach().float() * 255)[:, 0].copy()


def to_levels(unit: Tensor, white: int) -> np.ndarray:
    """[B,C,H,W] in [0,1] to uint8 or uint16."""
    check_finite(unit)
    levels = (unit * white).round().clamp(0, white).cpu().numpy()
    return levels.astype(np.uint16 if white > 255 else np.uint8)


def check_channels(tensor: Tensor, channels: int) -> None:
    if tensor.dim() != 4 or tensor.shape[1] != channels:
        raise ShapeError(f"expected [B,{channels},H,W], got {list(tensor.shape)}")


def _quantise(levels: Tensor) -> np.ndarray:
    check_finite(levels)
    return levels.round().clamp(0, 255).to(torch.uint8).cpu().numpy()
