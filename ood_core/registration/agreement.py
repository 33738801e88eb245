"""Do two pictures show the same structure? Locally normalised luminance, and its correlation."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .filters import gaussian

_WINDOW = 4.0  # standard deviation of the neighbourhood that is compared, in pixels
_NOISE = 0.02  # contrast below which a neighbourhood counts as flat; pictures range over 1


@dataclass(frozen=True, eq=False)
class Structure:
    """A picture's structure without its light.

    Attributes:
        feature: luminance minus its local mean, over its local deviation, [1,1,H,W].
        contrast: that deviation, in units of black to white.
    """

    feature: Tensor
    contrast: Tensor

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.feature.shape[-2], self.feature.shape[-1]


def structure(grey: Tensor) -> Structure:
    """The structure of a luminance [1,1,H,W] in [0,1]."""
    detail = grey - gaussian(grey, _WINDOW)
    variance = gaussian(detail * detail, _WINDOW).clamp_min(0)
    return Structure(detail / torch.sqrt(variance + _NOISE**2), torch.sqrt(variance))


def correlation(first: Tensor, second: Tensor) -> Tensor:
    """Local normalised correlation of two features, [1,1,H,W] in [-1,1]; flat places give about 0."""
    energy = gaussian(first * first, _WINDOW) * gaussian(second * second, _WINDOW)
    return gaussian(first * second, _WINDOW) / torch.sqrt(energy + 0.05)


def score(local: Tensor, contrast: Tensor, covered: Tensor) -> float:
    """How much of a picture's structure is found again: 0 nothing, 1 all.

    The mean over textured places of the squared positive correlation; where nothing covers them they count as
    not found.

    Args:
        local: from `correlation`.
        contrast: of the original.
        covered: 1 where the other picture reaches.
    """
    textured = (contrast > _NOISE).float()
    found = local.clamp(0, 1).square() * covered * textured
    return float(found.sum() / (textured.sum() + 1))
