"""The coarse reconstruction: one picture laid over another through a mask."""

from __future__ import annotations

import torch
from torch import Tensor

from ..errors import ShapeError


def check_pair(first: Tensor, second: Tensor) -> None:
    """Refuse two images that are not [B, 3, H, W] of one shape.

    Raises:
        ShapeError: naming both shapes.
    """
    if first.ndim != 4 or first.shape[1] != 3 or first.shape != second.shape:
        raise ShapeError(
            f"Two images of one shape [B, 3, H, W] are needed, not {list(first.shape)} and "
            f"{list(second.shape)}; resize one to the other."
        )


def check_mask(image: Tensor, mask: Tensor) -> None:
    """Refuse a mask that is not [B, 1, H, W] of the image's batch and size.

    Raises:
        ShapeError: naming the shape that was needed.
    """
    needed = (image.shape[0], 1, *image.shape[2:])
    if mask.shape != needed:
        raise ShapeError(f"The mask must be {list(needed)} for this image, not {list(mask.shape)}.")


def composite(original: Tensor, edited: Tensor, mask: Tensor) -> Tensor:
    """F = M·T + (1−M)·I, the coarse reconstruction (Song et al. 2022, the composition stage).

    Args:
        original: the photograph I, [B, 3, H, W] in [-1, 1].
        edited: the edited generation T, same shape.
        mask: M in [0, 1], [B, 1, H, W]; 1 takes the edit.

    Returns:
        [B, 3, H, W]. Where the mask is 0 it holds the original's bits, whatever T holds there.

    Raises:
        ShapeError: if the sizes differ.
    """
    check_pair(original, edited)
    check_mask(original, mask)
    return torch.where(mask > 0, mask * edited + (1 - mask) * original, original)
