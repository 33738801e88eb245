"""Ghosts made to order: the training input of the deghosting network."""

from __future__ import annotations

import torch
from torch import Tensor

from ..composition import composite


def fold(mask: Tensor) -> Tensor:
    """Fold a mask at one half: values above 0.5 become 1 minus themselves.

    What remains is a ring in [0, 0.5], zero both where nothing was edited and where the edit dominated, so
    that the original stays the stronger of two overlaid images everywhere.

    Args:
        mask: [B, 1, H, W] in [0, 1].

    Returns:
        The folded mask, same shape.
    """
    return torch.where(mask > 0.5, 1 - mask, mask)


def synthesise_ghost(original: Tensor, edited: Tensor, mask: Tensor) -> Tensor:
    """Lay a ghost of the edit over the original; the network learns to return the original.

    Args:
        original: I, [B, 3, H, W] in [-1, 1]; also the training target.
        edited: T, same shape.
        mask: unfolded mask, [B, 1, H, W] in [0, 1].

    Returns:
        The composite through the folded mask, [B, 3, H, W].

    Raises:
        ShapeError: if the sizes differ.
    """
    return composite(original, edited, fold(mask))
