"""From the bundle's size back to the picture's own: only the edit travels."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import ShapeError
from ..images import Box, resize_bicubic, resize_bilinear
from .blend import check_mask, check_pair

_FLAT = 1e-2  # variance (range 2) below which a neighbourhood counts as flat; skin grain stays below it
_REPLACED = 0.35  # a colour change this large (range 2) replaces what was there: detail falls to 1/e
_ONSET = 0.1  # mask value from which the edit is carried at full strength
_WINDOW = (0.04, 0.11, 0.21, 0.28, 0.21, 0.11, 0.04)  # Gaussian, sigma 1.5 px of the small image


def carry_up(
    original_native: Tensor, original: Tensor, result: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor]:
    """Carry an edit made at the bundle's resolution into the picture at its own, larger or smaller, size.

    The picture receives the *change*, enlarged. Its own fine detail, which the small image never held, stays
    where the edit kept the structure it belongs to (skin under other light) and goes where the edit replaced
    that structure (the rim of removed eyeglasses).

    Args:
        original_native: the picture, [B, 3, H, W] in [-1, 1].
        original: the same at the bundle's resolution, [B, 3, R, R].
        result: the edited picture at that resolution, same shape.
        mask: M in [0, 1], [B, 1, R, R].

    Returns:
        The edited picture, [B, 3, H, W] in [-1, 1], and the mask at that size, [B, 1, H, W]. The mask is
        exactly 0 away from the edit, and where it is 0 the picture holds the original's bits.

    Raises:
        ShapeError: if the sizes of the small tensors differ, or the batch sizes do.
    """
    check_pair(original, result)
    check_mask(original, mask)
    if original_native.ndim != 4 or original_native.shape[:2] != original.shape[:2]:
        needed = f"[{original.shape[0]}, 3, H, W]"
        raise ShapeError(f"The picture must be {needed}, not {list(original_native.shape)}.")
    size = (original_native.shape[-2], original_native.shape[-1])
    if size == original.shape[2:]:
        return torch.where(mask > 0, result, original_native), mask
    mask_native = resize_bilinear(mask, size).clamp(0, 1)
    detail = original_native - resize_bicubic(original, size)
    lost = resize_bilinear(1 - kept_detail(original, result), size) * detail
    change = resize_bicubic(result - original, size)
    carried = original_native + (mask_native / _ONSET).clamp(max=1) * (change - lost)
    return torch.where(mask_native > 0, carried.clamp(-1, 1), original_native), mask_native


def kept_detail(original: Tensor, result: Tensor) -> Tensor:
    """How much of the original's finer detail still belongs in the result, from the two small images.

    The structure term of SSIM (Wang et al. 2004), 2·cov(I, F) / (var I + var F), asks whether a neighbourhood
    still varies as it did, whatever its colour and light. It is written here as 1 − var(F − I) / (var I + var
    F). A second factor says that a very large change of colour replaced the thing itself.

    Args:
        original: I, [B, 3, R, R] in [-1, 1].
        result: F, same shape.

    Returns:
        [B, 1, R, R] in [0, 1], exactly 1 where both agree over the whole window.
    """
    change = result - original
    structure = _variance(original) + _variance(result)
    kept = 1 - _variance(change) / (structure + _FLAT)
    replaced = _blur(change.square()).mean(dim=1, keepdim=True) / _REPLACED**2
    return kept.clamp(0, 1) * torch.exp(-replaced)


def _variance(x: Tensor) -> Tensor:
    """Variance of each pixel's neighbourhood, mean over the channels: [B, 3, R, R] -> [B, 1, R, R]."""
    return (_blur(x.square()) - _blur(x).square()).clamp(min=0).mean(dim=1, keepdim=True)


def _blur(x: Tensor) -> Tensor:
    """Gaussian average over the window, the border repeated: same shape."""
    taps = torch.tensor(_WINDOW, dtype=x.dtype, device=x.device)
    radius, channels = len(_WINDOW) // 2, x.shape[1]
    x = F.pad(x, (radius,) * 4, mode="replicate")
    x = F.conv2d(x, taps[:, None].expand(channels, 1, -1, 1), groups=channels)
    return F.conv2d(x, taps.expand(channels, 1, 1, -1), groups=channels)


def paste_square(native: Tensor, square: Tensor, box: Box) -> Tensor:
    """Put an edited square back into the picture it was cut from.

    Args:
        native: the whole picture, [B, 3, H, W].
        square: the edited part, [B, 3, box.height, box.width].
        box: where it was cut.

    Returns:
        A new picture; outside the box, ``native``'s bits, inside, ``square``'s.

    Raises:
        ShapeError: if the square does not fit the box or the box the picture.
    """
    if box.crop(native).shape != square.shape:
        raise ShapeError(
            f"A part of {list(square.shape)} does not fit {box} of a picture of {list(native.shape)}; "
            "bring it back to the size it was cut at."
        )
    pasted = native.clone()
    box.crop(pasted).copy_(square)
    return pasted


def paste_edit(
    picture: Tensor, box: Box, original: Tensor, result: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor]:
    """Carry an edit of a picture's square up into the whole picture; see `carry_up`.

    Args:
        picture: the whole picture, [B, 3, H, W] in [-1, 1].
        box: where the square lies.
        original: the square at the bundle's resolution, [B, 3, R, R].
        result: the edited square, same shape.
        mask: M in [0, 1], [B, 1, R, R].

    Returns:
        The edited picture, [B, 3, H, W], and its mask, [B, 1, H, W].
    """
    square, mask = carry_up(box.crop(picture), original, result, mask)
    return paste_square(picture, square, box), paste_mask(mask, box, (picture.shape[-2], picture.shape[-1]))


def paste_mask(mask: Tensor, box: Box, size: tuple[int, int]) -> Tensor:
    """The mask of a square as one of the whole picture, 0 outside the box.

    Args:
        mask: [B, 1, h, w] in [0, 1]; enlarged bilinearly, as `carry_up` does, where it is not the box's size.
        box: where the square lies.
        size: (H, W) of the whole picture.

    Returns:
        [B, 1, H, W].
    """
    if mask.shape[2:] != (box.height, box.width):
        mask = resize_bilinear(mask, (box.height, box.width)).clamp(0, 1)
    whole = mask.new_zeros(mask.shape[0], 1, *size)
    box.crop(whole).copy_(mask)
    return whole
