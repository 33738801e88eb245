"""Photographs' textures as walls and things: what no training on drawings has shown."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from ..domains.portraits import visible_change
from ..files.pictures import load_image
from ..images import resize_area
from .samples import Sample


def read_textures(paths: list[Path], resolution: int) -> Tensor:
    """The largest centred squares of photographs, [N, 3, R, R] in [-1, 1].

    Raises:
        ImageError: if one cannot be read.
    """
    squares = []
    for path in paths:
        picture = load_image(path)
        height, width = picture.shape[-2:]
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        squares.append(resize_area(picture[..., top : top + side, left : left + side], resolution))
    return torch.cat(squares)


def textured(sample: Sample, textures: Tensor, random: torch.Generator) -> Sample:
    """A sample before one photograph, and behind a disc of another.

    Args:
        sample: of size R.
        textures: [N, 3, R, R] in [-1, 1].
        random: chooses photographs, the disc's place and its size.
    """
    side = sample.source.shape[-1]
    line = torch.linspace(-1, 1, side)
    x, y = line, line[:, None]
    head = ((x / 0.72).square() + ((y - 0.12) / 0.95).square()).sqrt()
    angle, size = torch.rand(2, generator=random).tolist()
    right, down = 0.75 * math.cos(angle * math.tau), 0.75 * math.sin(angle * math.tau)
    disc = ((x - right).square() + (y - down).square()).sqrt() / (0.2 + 0.25 * size)
    wall, thing = (((value - 1) * sign * side / 6).clamp(0, 1) for value, sign in ((head, 1), (disc, -1)))
    first, second = torch.randint(len(textures), (2,), generator=random).tolist()
    source, target = sample.source, sample.target
    for cover, photograph in ((wall, textures[first]), (thing, textures[second].flip(1))):
        source, target = (torch.lerp(picture, photograph[None], cover) for picture in (source, target))
    change = visible_change(source, target)
    things = torch.maximum(sample.things, torch.maximum(wall, thing))
    target = torch.where(change > 0, target, source)
    return replace(sample, source=source, target=target, change=change, things=things)
