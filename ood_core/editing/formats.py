"""Directions in the shapes and units that people publish them in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from ..errors import ShapeError

Norm = Literal["total", "layer", "raw"]
"""What a strength of 1 means: a step of length 1 over all L styles together (`total`: what the published
method makes of its directions), in each style (`layer`: InterFaceGAN and its followers, where w itself
moves by 1), or the
file's numbers as they are (`raw`)."""


@dataclass(frozen=True, eq=False)
class Direction:
    """A direction in our convention.

    Attributes:
        tensor: [L,D], of length 1 over all styles together.
        unit: how long a strength of 1 in the source's own convention is in ours: multiply by it to convert.
    """

    tensor: Tensor
    unit: float


def as_direction(published: Tensor, styles: int, width: int, norm: Norm = "total") -> Direction:
    """Bring a published direction to [L,D] and length 1.

    Args:
        published: [D] or [1,D] (the same for every style), [L,D], [1,L,D], [L·D] or [1,L·D]; any length but
            0.
        styles, width: L and D of the generator.
        norm: the convention its strengths are given in.

    Raises:
        ShapeError: if it has another shape, is zero, or is not finite.
    """
    fits = {
        (width,): (1, width),
        (1, width): (1, width),
        (styles, width): (styles, width),
        (1, styles, width): (styles, width),
        (styles * width,): (styles, width),
        (1, styles * width): (styles, width),
    }
    shape = fits.get(tuple(published.shape))
    if shape is None:
        raise ShapeError(
            f"a direction of shape {list(published.shape)} does not fit {styles} styles of width {width}; "
            f"expected {', '.join(str(list(known)) for known in fits)}"
        )
    full = published.detach().double().reshape(shape).expand(styles, width)
    length = float(full.norm())
    if not 0 < length < float("inf"):
        raise ShapeError(f"a direction of length {length} points nowhere")
    per_style = float(full.norm(dim=1).square().mean().sqrt())
    unit = {"total": 1.0, "layer": length / per_style, "raw": length}[norm]
    return Direction((full / length).to(torch.float32).contiguous(), unit)
