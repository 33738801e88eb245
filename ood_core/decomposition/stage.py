"""From the network's word to a mask that is exactly 0 where nothing is edited, and a residual inside it."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from .network import Decomposer, Parts

_VISIBLE = (0.5, 2.0)  # grey levels: what changes less is never part of an edit, whatever the network says
_FLOOR = 0.05  # mask values up to this become exactly 0, the others stretch to fill the range
_ONSET = 0.1  # mask value from which the residual counts in full


class Decomposition(NamedTuple):
    """What a pair is made of.

    Attributes:
        mask: M, [B, 1, H, W] in [0, 1]; exactly 0 where T is I'.
        foreign: how surely the photograph shows there what the generator cannot draw, same shape.
        residual: what the composite lacks, [B, 3, H, W] in [-1, 1]; 0 where the mask is.
    """

    mask: Tensor
    foreign: Tensor
    residual: Tensor


def decompose(
    original: Tensor, before: Tensor, after: Tensor, evidence: Tensor | None, network: Decomposer
) -> Decomposition:
    """Tell edit, photograph and foreign things apart (the paper's decomposition, learned).

    Args:
        original: I, [B, 3, H, W] in [-1, 1].
        before, after: I' and T, of the same shape.
        evidence: as `Decomposer.forward`.
        network: the bundle's.
    """
    return decomposition_of(network(original, before, after, evidence), before, after)


def decomposition_of(parts: Parts, before: Tensor, after: Tensor) -> Decomposition:
    """What the network's word means for a pair."""
    mask = _mask_of(parts, before, after)
    return Decomposition(mask, torch.sigmoid(parts.foreign), _onset(mask) * parts.residual)


def separate(coarse: Tensor, residual: Tensor, mask: Tensor) -> Tensor:
    """Add the residual to a composite.

    Args:
        coarse: F, [B, 3, H, W] in [-1, 1].
        residual: as `Decomposition`.
        mask: through which F was made, [B, 1, H, W]; somebody may have changed it since.

    Returns:
        [B, 3, H, W] in [-1, 1]; the composite's bits where the mask is 0.
    """
    return torch.where(mask > 0, (coarse + _onset(mask) * residual).clamp(-1, 1), coarse)


def _onset(mask: Tensor) -> Tensor:
    return (mask / _ONSET).clamp(max=1)


def _mask_of(parts: Parts, before: Tensor, after: Tensor) -> Tensor:
    change = (after - before).abs().amax(dim=1, keepdim=True) * 127.5
    low, high = _VISIBLE
    seen = ((F.max_pool2d(change, 5, stride=1, padding=2) - low) / (high - low)).clamp(0, 1)
    mask = torch.sigmoid(parts.mask) * seen
    return ((mask - _FLOOR) / (1 - _FLOOR)).clamp(0, 1)


def held_back(found: Decomposition, before: Tensor, after: Tensor) -> Tensor:
    """Share of an edit that lies where the photograph shows what the generator cannot draw, [B] in [0, 1]."""
    change = (after - before).abs().amax(dim=1, keepdim=True)
    change = torch.where(change * 127.5 > 2 * _VISIBLE[1], change, 0)
    left_out = change * found.foreign * (1 - found.mask)
    return left_out.sum(dim=(1, 2, 3)) / change.sum(dim=(1, 2, 3)).clamp_min(1e-6)
