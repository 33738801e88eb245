"""A photograph of one person in other light, turn and size; where the face lies then is known."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ...domains import Crowd
from ...registration.filters import luminance
from ..real_faces import turned

View = Callable[[Tensor, Tensor], Crowd]
"""A picture [1, 3, H, W] in [-1, 1] and its face's landmarks [5, 2] -> the same seen otherwise."""

_DARK = 0.15  # of the light
_GAMMA = 2.2


def _grey(picture: Tensor) -> Tensor:
    return luminance(picture).expand_as(picture).contiguous()


def _dark(picture: Tensor) -> Tensor:
    """Underexposed, and rounded to eight bits, as a camera would."""
    light = ((picture + 1) / 2).clamp(0, 1) ** _GAMMA * _DARK
    return (light ** (1 / _GAMMA) * 255).round() / 127.5 - 1


def _plain(change: Callable[[Tensor], Tensor] | None, scale: float = 1.0, degrees: float = 0.0) -> View:
    def view(picture: Tensor, points: Tensor) -> Crowd:
        return turned(picture if change is None else change(picture), points, scale, degrees)

    return view


VIEWS: dict[str, View] = {
    "turned 20°": _plain(None, degrees=20),
    "turned 45°": _plain(None, degrees=45),
    "turned 90°": _plain(None, degrees=90),
    "turned 180°": _plain(None, degrees=180),
    "half as large": _plain(None, scale=0.5),
    "twice as large": _plain(None, scale=2.0),
    "grey": _plain(_grey),
    "dark, 15 % of the light": _plain(_dark),
}
"""What every photograph is shown as, besides as it is."""


def eye_distances(points: Tensor, truth: Tensor) -> float:
    """Mean distance of landmarks [5, 2] from the true ones, in distances between the eyes."""
    apart = (truth[1] - truth[0]).norm()
    return float((points - truth).norm(dim=-1).mean() / apart)


def five_of(points: Tensor) -> Tensor:
    """Eyes, nose tip and mouth corners of 68 landmarks [68, 2], as ours, [5, 2]."""
    eyes = points[36:42].mean(dim=0), points[42:48].mean(dim=0)
    return torch.stack([*eyes, points[30], points[48], points[54]])
