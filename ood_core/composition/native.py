"""From the bundle's size back to the picture's own: only the edit travels."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from ..alignment.warp import Kernel
from ..errors import ShapeError
from ..images import resize_bicubic, resize_bilinear
from .blend import check_mask, check_pair
from .structure import kept_structure, local_mean

_REPLACED = 0.35  # a colour change this large (range 2) replaces what was there: detail falls to 1/e
_ONSET = 0.1  # mask value from which the edit is carried at full strength


def carry_up(
    original_native: Tensor,
    original: Tensor,
    result: Tensor,
    mask: Tensor,
    to_native: Callable[[Tensor, Kernel], Tensor] | None = None,
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
        to_native: brings a [B, C, R, R] to [B, C, H, W]; None resizes.

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
    if to_native is None:
        if size == original.shape[2:]:
            return torch.where(mask > 0, result, original_native), mask
        to_native = partial(_resized, size=size)
    mask_native = to_native(mask, "bilinear").clamp(0, 1)
    detail = original_native - to_native(original, "bicubic")
    lost = to_native(1 - kept_detail(original, result), "bilinear") * detail
    change = to_native(result - original, "bicubic")
    carried = original_native + (mask_native / _ONSET).clamp(max=1) * (change - lost)
    return torch.where(mask_native > 0, carried.clamp(-1, 1), original_native), mask_native


def _resized(x: Tensor, kernel: Kernel, size: tuple[int, int]) -> Tensor:
    return resize_bilinear(x, size) if kernel == "bilinear" else resize_bicubic(x, size)


def kept_detail(original: Tensor, result: Tensor) -> Tensor:
    """How much of the original's finer detail still belongs in the result, from the two small images.

    It goes where the edit replaced the structure, and where a very large change of colour replaced the thing
    itself.

    Args:
        original: I, [B, 3, R, R] in [-1, 1].
        result: F, same shape.

    Returns:
        [B, 1, R, R] in [0, 1], exactly 1 where both agree over the whole window.
    """
    replaced = local_mean((result - original).square()).mean(dim=1, keepdim=True) / _REPLACED**2
    return kept_structure(original, result) * torch.exp(-replaced)
