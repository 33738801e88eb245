"""A pair on its way through an editor: what the editor holds, and how its pixels relate to the original's.

Coordinates are (x, y) in pixels; (0, 0) is the picture's top left corner, and the middle of its first pixel
is (0.5, 0.5).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from ...domains.portraits.things.tools import Dice

Mapping = Callable[[Tensor], Tensor]
"""Points [B, 2, H, W] to points."""
Damage = Callable[[Tensor, torch.Generator], Tensor]
"""A picture [1, 3, H, W] in [0, 1], and chance, to a damaged one."""


@dataclass(frozen=True, eq=False)
class View:
    """What an editor has made of a picture so far.

    Attributes:
        pictures: as the editor holds them now, [2 or 3, 3, h, w] in [0, 1]: the edited E; E spared all
            changes of colour, which shows what can be had at best; and, where a no-op pass is wanted, I.
        flow: where each of the original's pixels is now, [1, 2, H, W].
        covered: where the pictures show the original at all, boolean [1, 1, H, W].
        mask: the true edit, [1, 1, H, W] in [0, 1].
    """

    pictures: Tensor
    flow: Tensor
    covered: Tensor
    mask: Tensor

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the pictures now."""
        return self.pictures.shape[-2], self.pictures.shape[-1]

    def moved(self, pictures: Tensor, onward: Mapping) -> View:
        """The pictures after a movement: ``onward`` takes their former coordinates to their new ones."""
        flow = onward(self.flow)
        height, width = pictures.shape[-2:]
        x, y = flow[:, :1], flow[:, 1:]
        inside = (x >= 0) & (x <= width) & (y >= 0) & (y <= height)
        return replace(self, pictures=pictures, flow=flow, covered=self.covered & inside)

    def toned(self, change: Callable[[Tensor], Tensor]) -> View:
        """After a change of colours, which could be undone: the second picture is spared."""
        spared = self.pictures[1:2]
        toned = change(self.pictures).clamp(0, 1)
        return replace(self, pictures=torch.cat([toned[:1], spared, toned[2:]]))

    def damaged(self, change: Damage, dice: Dice) -> View:
        """After a loss that nobody can undo. What chance does to E and to I differs, as in two runs."""
        seed = int(dice.uniform(0, 2**31))
        edited, spared = self.pictures[:1], self.pictures[1:2]

        def once(picture: Tensor, run: int) -> Tensor:
            return change(picture, torch.Generator().manual_seed(seed + run)).clamp(0, 1)

        made = once(edited, 0)
        again = made if torch.equal(edited, spared) else once(spared, 0)
        no_op = [once(original[None], 1) for original in self.pictures[2:]]
        return replace(self, pictures=torch.cat([made, again, *no_op]))


def first_view(edited: Tensor, mask: Tensor, original: Tensor | None = None) -> View:
    """Before any drift: E [1, 3, H, W] in [-1, 1], the true mask [1, 1, H, W]; I for a no-op pass as well."""
    pictures = torch.cat([edited, edited] + ([] if original is None else [original]))
    everywhere = torch.ones_like(mask, dtype=torch.bool)
    return View((pictures + 1) / 2, pixel_centres(*edited.shape[-2:]), everywhere, mask)


def pixel_centres(height: int, width: int) -> Tensor:
    """The coordinates of every pixel's middle, [1, 2, H, W]."""
    y, x = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    return torch.stack([x, y])[None]


def sample_at(picture: Tensor, points: Tensor, beyond: str = "reflection", mode: str = "bicubic") -> Tensor:
    """The picture [B, 3, h, w] at points [1 or B, 2, H, W]; bicubic values stay within [0, 1].

    Args:
        beyond: what lies outside, as in `torch.nn.functional.grid_sample`.
    """
    height, width = picture.shape[-2:]
    scale = points.new_tensor([2 / width, 2 / height]).view(1, 2, 1, 1)
    grid = (points * scale - 1).permute(0, 2, 3, 1).expand(len(picture), -1, -1, -1)
    return F.grid_sample(picture, grid, mode, beyond, align_corners=False).clamp(0, 1)


def resized(picture: Tensor, height: int, width: int) -> Tensor:
    """[B, 3, h, w] in [0, 1] at another size, bicubic, prefiltered where it shrinks."""
    size = (height, width)
    return F.interpolate(picture, size, mode="bicubic", align_corners=False, antialias=True).clamp(0, 1)
