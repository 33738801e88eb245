"""Drift of editors that work on a part: outside a square every bit is kept, inside everything drifts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from ...domains.portraits.shapes import step
from ...domains.portraits.things.tools import Dice
from .view import View

Drift = Callable[[View, Dice], View]


def within_square(view: View, dice: Dice, drift: Drift, edge: float = 0.0) -> View:
    """Apply a drift inside a square around the edit alone.

    Args:
        view: a pair in its first place: whatever moved it before is not undone.
        dice: chance.
        drift: may move pixels, but must not change the pictures' size.
        edge: width in pixels of the border over which the square fades.
    """
    square = _square_around(view.mask, dice, edge)
    inner = drift(view, dice)
    inside = square > 0
    return replace(
        inner,
        pictures=_laid(view.pictures, inner.pictures, square),
        flow=torch.where(square > 0.5, inner.flow, view.flow),
        covered=torch.where(inside, inner.covered, view.covered),
    )


def _laid(below: Tensor, above: Tensor, share: Tensor) -> Tensor:
    """Exactly ``below`` where the share is 0, so that bits survive."""
    return torch.where(share > 0, torch.lerp(below, above, share), below)


def _square_around(mask: Tensor, dice: Dice, edge: float) -> Tensor:
    """A share [1, 1, H, W]: 1 around the edit, or somewhere where there is none, with some margin."""
    height, width = mask.shape[-2:]
    found = torch.nonzero(mask[0, 0] > 0)
    if len(found):
        (top, left), (bottom, right) = found.amin(0).tolist(), found.amax(0).tolist()
    else:
        top, left = (round(dice.uniform(0.15, 0.4) * side) for side in (height, width))
        bottom, right = top + height // 4, left + width // 4
    margins = [dice.uniform(0.03, 0.15) * max(height, width) + edge for _ in range(4)]
    y, x = torch.arange(height).view(-1, 1) + 0.5, torch.arange(width).view(1, -1) + 0.5
    inward = [y - top + margins[0], bottom + margins[1] - y, x - left + margins[2], right + margins[3] - x]
    distance = torch.minimum(torch.minimum(inward[0], inward[1]), torch.minimum(inward[2], inward[3]))
    return (step(distance, 0, edge) if edge > 0 else (distance > 0).float())[None, None]
