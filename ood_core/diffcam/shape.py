"""What a user may do to a mask afterwards."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ..errors import ShapeError
from .filters import blur, dilate


@dataclass(frozen=True)
class MaskShape:
    """How a mask is shaped after it was found.

    Attributes:
        threshold: values above become 1, the others 0; 0.5 divides a soft mask in its middle. None keeps
            them.
        grow: pixels of the picture by which the mask extends in every direction; negative shrinks it.
        feather: softness of the rim in pixels of the picture: the standard deviation of a Gaussian is half of
            it, and nothing further away than 1.5 times as much is touched.

    Raises:
        ShapeError: if the threshold is not in [0,1], or a number is not finite, or the feather negative.
    """

    threshold: float | None = None
    grow: float = 0.0
    feather: float = 0.0

    def __post_init__(self) -> None:
        if self.threshold is not None and not 0 <= self.threshold <= 1:
            raise ShapeError(f"The mask's threshold must be between 0 and 1, not {self.threshold}.")
        if not math.isfinite(self.grow):
            raise ShapeError(f"The mask's grow must be a number of pixels, not {self.grow}.")
        if not 0 <= self.feather < math.inf:
            raise ShapeError(f"The mask's feather must be 0 or more pixels, not {self.feather}.")

    @property
    def nothing(self) -> bool:
        """Whether the mask is left as it is."""
        return self.threshold is None and not self.grow and not self.feather


AS_FOUND = MaskShape()
"""The mask as it was found."""


def shape_mask(mask: Tensor, shape: MaskShape, scale: float = 1.0) -> Tensor:
    """Make a mask binary, larger or smaller, and softer, in this order.

    Args:
        mask: [B,1,H,W] in [0,1].
        shape: what is wanted, in pixels of the picture.
        scale: pixels of the picture per pixel of the mask.

    Returns:
        Mask [B,1,H,W] in [0,1]; the same values if nothing is asked for.

    Raises:
        ShapeError: if the mask is not [B,1,H,W].
    """
    if mask.ndim != 4 or mask.shape[1] != 1:
        raise ShapeError(f"A mask is [B, 1, H, W], not {list(mask.shape)}.")
    if shape.threshold is not None:
        mask = (mask > shape.threshold).to(mask)
    grown = _grown(mask, shape.grow / scale)
    return blur(grown, shape.feather / 2 / scale).clamp(0, 1)


def _grown(mask: Tensor, pixels: float) -> Tensor:
    """The mask grown by a number of pixels that need not be whole."""
    whole = math.floor(pixels)
    grown = dilate(mask, whole)
    return grown if whole == pixels else torch.lerp(grown, dilate(mask, whole + 1), pixels - whole)
