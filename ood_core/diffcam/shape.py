"""What a user may do to a mask afterwards."""

from __future__ import annotations

from torch import Tensor

from ..errors import ShapeError
from .filters import blur, dilate


def shape_mask(mask: Tensor, threshold: float | None = None, grow: int = 0, feather: float = 0.0) -> Tensor:
    """Make a mask binary, larger or smaller, and softer, in this order.

    Args:
        mask: [B,1,H,W] in [0,1].
        threshold: values above become 1, the others 0; 0.5 divides a soft mask in its middle. None keeps
            them.
        grow: pixels by which the mask extends in every direction; negative shrinks it.
        feather: softness of the rim in pixels: the standard deviation of a Gaussian is half of it, and
            nothing further away than 1.5 times as much is touched.

    Returns:
        Mask [B,1,H,W] in [0,1]; the same values if nothing is asked for.

    Raises:
        ShapeError: if the mask is not [B,1,H,W], the threshold not in [0,1], or the feather negative.
    """
    if mask.ndim != 4 or mask.shape[1] != 1:
        raise ShapeError(f"A mask is [B, 1, H, W], not {list(mask.shape)}.")
    if threshold is not None:
        if not 0 <= threshold <= 1:
            raise ShapeError(f"The mask's threshold must be between 0 and 1, not {threshold}.")
        mask = (mask > threshold).to(mask)
    if not 0 <= feather < float("inf"):
        raise ShapeError(f"The mask's feather must be 0 or more pixels, not {feather}.")
    return blur(dilate(mask, round(grow)), feather / 2).clamp(0, 1)
