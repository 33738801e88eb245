"""The last stage: from the coarse reconstruction to the result."""

from __future__ import annotations

import torch
from torch import Tensor

from ..composition.blend import check_mask, check_pair
from ..images import resize_area, resize_bicubic
from .network import Deghoster


def deghost(coarse: Tensor, deghoster: Deghoster) -> Tensor:
    """Run the deghosting network, as published: every pixel of the result is the network's.

    Args:
        coarse: the composite, [B, 3, N, N] in [-1, 1], N not below the network's input resolution.
        deghoster: the network.

    Returns:
        [B, 3, R, R] at its generator's resolution, not clamped.

    Raises:
        ShapeError: if ``coarse`` is not square or is too small.
    """
    return deghoster(coarse)


def deghost_band(coarse: Tensor, network_output: Tensor, mask: Tensor, seen: int | None = None) -> Tensor:
    """Take the network's word only where two images are mixed, and only on what it can have seen.

    A ghost can only live where the mask is fractional. The weight 4·M·(1−M) is 1 at M = 1/2 and falls
    smoothly to 0 at both ends, so the result meets the untouched photograph and the pure edit without a seam.
    The network looks at a small version of the composite and makes detail up; the composite's own stays.

    Args:
        coarse: the composite F, [B, 3, H, W].
        network_output: what the network made of it, same shape.
        mask: M in [0, 1], [B, 1, H, W].
        seen: side at which the network looks, in pixels: what it changes is taken at that size. None takes
            it as it is.

    Returns:
        [B, 3, H, W]; where the mask is exactly 0 or 1 it holds the composite's bits.

    Raises:
        ShapeError: if the sizes differ.
    """
    check_pair(coarse, network_output)
    check_mask(coarse, mask)
    change = network_output - coarse
    size = (coarse.shape[-2], coarse.shape[-1])
    if seen is not None and seen < min(size):
        change = resize_bicubic(resize_area(change, seen), size)
    weight = 4 * mask * (1 - mask)
    return torch.where(weight > 0, coarse + weight * change, coarse)
