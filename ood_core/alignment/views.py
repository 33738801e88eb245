"""Square windows on a picture, turned and mirrored: how one face is looked at from near."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..images import Box
from .warp import warp


def halvings(picture: Tensor, smallest: int = 64) -> list[Tensor]:
    """The picture and its halves, quarters, eighths … while the longer side has ``smallest`` pixels.

    Each pixel is the mean of up to four of the level before, so that level n is exactly 2ⁿ times smaller.
    """
    levels = [picture]
    while max(levels[-1].shape[2:]) >= 2 * smallest:
        levels.append(F.avg_pool2d(levels[-1], 2, ceil_mode=True, count_include_pad=False))
    return levels


@dataclass(frozen=True, eq=False)
class Views:
    """V square windows.

    Attributes:
        centres: (x, y) in pixels of the picture, [V, 2].
        halves: half the side in pixels of the picture, [V].
        angles: how far each is turned clockwise, radians, [V].
        mirrored: 1, or -1 where left and right are exchanged, [V].
    """

    centres: Tensor
    halves: Tensor
    angles: Tensor
    mirrored: Tensor

    def __len__(self) -> int:
        return len(self.halves)

    def __getitem__(self, which: Tensor | slice) -> Views:
        return Views(self.centres[which], self.halves[which], self.angles[which], self.mirrored[which])

    def split(self, size: int) -> list[Views]:
        """The views in parts of at most ``size``."""
        return [self[start : start + size] for start in range(0, len(self), size)]

    def turned(self, degrees: Sequence[float], mirrored: Sequence[float] = (1.0,)) -> Views:
        """Every view turned by every one of these angles, mirrored or not; a view's own follow each other."""
        turns = torch.tensor([d for d in degrees for _ in mirrored]).deg2rad().to(self.angles)
        flips = torch.tensor([m for _ in degrees for m in mirrored]).to(self.mirrored)
        each = len(turns)
        return Views(
            self.centres.repeat_interleave(each, dim=0),
            self.halves.repeat_interleave(each),
            (self.angles[:, None] + turns).flatten(),
            (self.mirrored[:, None] * flips).flatten(),
        )

    def axes(self) -> Tensor:
        """Columns: where one half side to the right and one down lie in the picture, [V, 2, 2]."""
        cosine, sine = self.angles.cos() * self.halves, self.angles.sin() * self.halves
        right = torch.stack([cosine, sine], dim=-1) * self.mirrored[:, None]
        return torch.stack([right, torch.stack([-sine, cosine], dim=-1)], dim=-1)

    def look(self, levels: Sequence[Tensor], side: int) -> Tensor:
        """The windows as pictures, [V, 3, side, side]; grey outside of the picture."""
        return torch.cat([self._look(levels, index, side) for index in range(len(self))])

    def _look(self, levels: Sequence[Tensor], index: int, side: int) -> Tensor:
        pixel = 2 * float(self.halves[index]) / side
        level = min(int(math.log2(max(pixel, 1.0))), len(levels) - 1)
        (a, b), (d, e) = (self.axes()[index].double() * 2 / side / 2**level).tolist()
        x, y = (self.centres[index].double() / 2**level).tolist()
        middle = side / 2
        to_source = (a, b, x - (a + b) * middle, d, e, y - (d + e) * middle)
        return warp(levels[level], to_source, Box(0, 0, side, side), "bilinear", "zeros")

    def to_picture(self, points: Tensor, side: int) -> Tensor:
        """Points [V, N, 2] in pixels of the windows as points in pixels of the picture."""
        return (points * 2 / side - 1) @ self.axes().transpose(1, 2) + self.centres[:, None]

    def from_picture(self, points: Tensor, side: int) -> Tensor:
        """Points [V, N, 2] in pixels of the picture as points in pixels of the windows."""
        inverse = self.axes().inverse().transpose(1, 2)
        return ((points - self.centres[:, None]) @ inverse + 1) * side / 2


def joined(first: Views, second: Views) -> Views:
    """The windows of both."""
    parts = zip(*(vars(views).values() for views in (first, second)), strict=True)
    return Views(*(torch.cat(part) for part in parts))
