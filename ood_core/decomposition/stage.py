"""From the network's word to a mask that is exactly 0 where nothing is edited."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from .network import Decomposer, Parts

_VISIBLE = (0.5, 2.0)  # grey levels: what changes less is never part of an edit, whatever the network says
_FLOOR = 0.05  # mask values up to this become exactly 0, the others stretch to fill the range


class Decomposition(NamedTuple):
    """What a pair is made of.

    Attributes:
        mask: M, [B, 1, H, W] in [0, 1]; exactly 0 where T is I'.
        foreign: how surely the photograph shows there what the generator cannot draw, same shape.
    """

    mask: Tensor
    foreign: Tensor


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
    """What the network's word, of I' and T of [B, 3, H, W] in [-1, 1], means for them."""
    change = (after - before).abs().amax(dim=1, keepdim=True) * 127.5
    low, high = _VISIBLE
    seen = ((F.max_pool2d(change, 5, stride=1, padding=2) - low) / (high - low)).clamp(0, 1)
    mask = (torch.sigmoid(parts.mask) * seen - _FLOOR) / (1 - _FLOOR)
    return Decomposition(mask.clamp(0, 1), torch.sigmoid(parts.foreign))


def held_back(found: Decomposition, before: Tensor, after: Tensor) -> Tensor:
    """Share of an edit that lies where the photograph shows what the generator cannot draw, [B] in [0, 1]."""
    change = (after - before).abs().amax(dim=1, keepdim=True)
    change = torch.where(change * 127.5 > 2 * _VISIBLE[1], change, 0)
    left_out = change * found.foreign * (1 - found.mask)
    return left_out.sum(dim=(1, 2, 3)) / change.sum(dim=(1, 2, 3)).clamp_min(1e-6)
