"""Pairs with a known answer, to train the network that finds changes: I, T = drift(edit(I)) and the mask."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ...registration.filters import dilate
from .drifts import Autoencoder, geometry, texture_lost, tone
from .edits import EDITS

_SEEN = 3 / 255  # a difference above this is part of the edit


@dataclass(frozen=True, eq=False)
class ChangePair:
    """One pair and its truth.

    Attributes:
        original, edited: I [1, 3, H, W] and T [1, 3, H', W'], in [-1, 1].
        mask: where the edit is seen, [1, 1, H, W] in {0, 1}.
        place: where each of T's pixel centres lies in the picture, [1, 2, H', W'] (x, y); 0.5 is the first.
        kind: name of the edit.
    """

    original: Tensor
    edited: Tensor
    mask: Tensor
    place: Tensor
    kind: str


def sample_pair(
    picture: Tensor, random: torch.Generator, autoencoder: Autoencoder | None = None, kind: str | None = None
) -> ChangePair:
    """Edit a picture [1, 3, H, W] in [-1, 1] in one place and let it drift."""
    unit = ((picture * 127.5 + 127.5).round() / 255).clamp(0, 1)
    names = list(EDITS)
    weights = torch.tensor([EDITS[name][0] for name in names])
    drawn = kind or names[int(torch.multinomial(weights, 1, generator=random))]
    changed = (EDITS[drawn][1](unit, random) * 255).round() / 255
    seen = ((changed - unit).abs().amax(1, keepdim=True) > _SEEN).float()
    moved, place = geometry(changed, random)
    edited = texture_lost(tone(moved, random), random, autoencoder)
    edited = (edited * 255).round() / 255
    return ChangePair(unit * 2 - 1, edited * 2 - 1, _closed(seen), place, drawn)


def _closed(seen: Tensor) -> Tensor:
    """Pinholes closed, where an edit happens to meet the value that was there."""
    return dilate(dilate(seen, 2), -2)
