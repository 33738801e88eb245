"""Pictures as tensors: what every room needs to know of their shapes and sizes.

Inside the library a picture is float32 [B,3,H,W] in [-1,1], RGB; a mask is [B,1,H,W] in [0,1].
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from .errors import ImageError

_STRIP = 1 << 20  # pixels worked on at a time: coordinates and products of 24 MP would fill gigabytes
_WIDEST = 2.0  # beyond what overshoots reach in pictures of -1 to 1; those of 0 to 255 are told by it


class Box(NamedTuple):
    """A rectangle in pixels; (top, left) is its first row and column."""

    top: int
    left: int
    height: int
    width: int

    def crop(self, image: Tensor) -> Tensor:
        """The part of [B,C,H,W] inside this box, as a view."""
        return image[..., self.top : self.top + self.height, self.left : self.left + self.width]


def resize_area(image: Tensor, size: int | tuple[int, int]) -> Tensor:
    """Resize [B,C,H,W] to (height, width) by averaging areas: at integer ratios the exact mean of each block.

    Where a side grows there is no area to average; then `resize_bicubic`.
    """
    height, width = (size, size) if isinstance(size, int) else size
    if (height, width) == image.shape[-2:]:
        return image
    if height > image.shape[-2] or width > image.shape[-1]:
        return resize_bicubic(image, (height, width))
    return F.interpolate(image, size=(height, width), mode="area")


def resize_bilinear(image: Tensor, size: int | tuple[int, int]) -> Tensor:
    """Resize [B,C,H,W] to (height, width) bilinearly, prefiltered where it shrinks."""
    return F.interpolate(image, size=size, mode="bilinear", align_corners=False, antialias=True)


def resize_bicubic(image: Tensor, size: int | tuple[int, int]) -> Tensor:
    """Resize [B,C,H,W] to (height, width) bicubically, without overshooting each sample's own range."""
    resized = F.interpolate(image, size=size, mode="bicubic", align_corners=False, antialias=True)
    dims = (1, 2, 3)
    return resized.clamp(image.amin(dims, keepdim=True), image.amax(dims, keepdim=True))


def centre_square(image: Tensor) -> tuple[Tensor, Box]:
    """The largest centred square of [B,C,H,W], as a view, and where it lies.

    An odd remainder leaves one row or column more below or to the right.
    """
    height, width = image.shape[-2:]
    side = min(height, width)
    box = Box((height - side) // 2, (width - side) // 2, side, side)
    return box.crop(image), box


def strips_of(size: tuple[int, int], rows: slice = slice(None)) -> list[slice]:
    """The rows of a (height, width) picture in strips of about a megapixel: bounds memory, lets Cancel in."""
    first, last, _ = rows.indices(size[0])
    step = max(1, _STRIP // size[1])
    return [slice(top, min(last, top + step)) for top in range(first, last, step)]


def check_finite(values: Tensor, what: str = "the picture") -> None:
    """Refuse NaN and infinity.

    Raises:
        ImageError: naming ``what`` holds them.
    """
    if not (torch.isfinite(values.sum()) or torch.isfinite(values).all()):  # a sum is quick; 1e38 deceives it
        raise ImageError(f"{what} holds values that are not finite (NaN or infinity); make it again")


def check_range(picture: Tensor, what: str = "the picture") -> None:
    """Refuse pictures of 0 to 255, which would be edited as white ones; of 0 to 1 nobody can know.

    Raises:
        ImageError: if ``what`` reaches far beyond -1 to 1.
    """
    low, high = float(picture.min()), float(picture.max())
    if max(-low, high) > _WIDEST:
        raise ImageError(f"{what} ranges from {low:.3g} to {high:.3g}; bring it to -1 to 1")
