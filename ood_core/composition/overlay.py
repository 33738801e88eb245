"""A mask made visible."""

from __future__ import annotations

from torch import Tensor

from .blend import check_mask

_COLOUR = (1.0, -0.45, -0.7)  # orange red: seen on skin, hair and most backgrounds
_STRENGTH = 0.6


def overlay(image: Tensor, mask: Tensor) -> Tensor:
    """Tint a picture where a mask takes the edit.

    Args:
        image: [B, 3, H, W] in [-1, 1].
        mask: [B, 1, H, W] in [0, 1].

    Returns:
        [B, 3, H, W]; the picture itself where the mask is 0.

    Raises:
        ShapeError: if the sizes differ.
    """
    check_mask(image, mask)
    tint = image.new_tensor(_COLOUR)[None, :, None, None]
    return image.lerp(tint.expand_as(image), _STRENGTH * mask)
