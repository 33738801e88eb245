"""Pictures to edit: photographs that may be trained on, drawn portraits, and textured grounds behind them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from ...domains.portraits import render_among_things, sample_factors
from ...files.pictures import load_image
from ...registration.filters import resize
from .shapes import blob, texture, uniform

_DRAWN = 0.25  # share of drawn portraits
_GROUND = 0.45  # share of the photographs that get a textured ground: many were taken before a plain one
_NOISY = 0.3


def sample_scene(photographs: Sequence[Path], side: int, random: torch.Generator) -> Tensor:
    """A square picture [1, 3, side, side] in [-1, 1]."""
    if not photographs or uniform(random, 0, 1) < _DRAWN:
        scene = render_among_things(sample_factors(1, random), random, side)[0]
    else:
        path = photographs[int(torch.randint(len(photographs), (), generator=random))]
        scene = _square(load_image(path), side, random)
        if uniform(random, 0, 1) < _GROUND:
            region = blob((side, side), random, uniform(random, 0.2, 0.6), uniform(random, 1, 5))
            scene = scene * region + (1 - region) * (texture((side, side), random) * 2 - 1)
    if uniform(random, 0, 1) < _NOISY:
        scene = scene + torch.randn(scene.shape, generator=random) * uniform(random, 0, 0.05)
    return scene.clamp(-1, 1)


def _square(picture: Tensor, side: int, random: torch.Generator) -> Tensor:
    """A random square of a photograph, between the whole of it and as many pixels as are needed."""
    height, width = picture.shape[-2:]
    longest = min(height, width)
    cut = round(uniform(random, min(side, longest), longest))
    top, left = round(uniform(random, 0, height - cut)), round(uniform(random, 0, width - cut))
    return resize(picture[..., top : top + cut, left : left + cut], (side, side))
