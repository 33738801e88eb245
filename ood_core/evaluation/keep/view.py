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

Mapping = Callable[[Tensor], Tensor]
"""Points [B, 2, H, W] to points."""


@dataclass(frozen=True, eq=False)
class View:
    """What an editor has made of a picture so far.

    Attributes:
        pictures: of the edited picture E and of the original I, as the editor returns them, [2, 3, h, w] in
            [0, 1]; the second is its no-op pass.
        bound: E with only the damage that nobody can undo, in the original's place, [1, 3, H, W] in [0, 1].
        flow: where each of the original's pixels is now, [1, 2, H, W].
        covered: where the pictures show the original at all, boolean [1, 1, H, W].
        mask: the true edit, [1, 1, H, W] in [0, 1].
        start: E and I before any drift, [2, 3, H, W] in [0, 1].
    """

    pictures: Tensor
    bound: Tensor
    flow: Tensor
    covered: Tensor
    mask: Tensor
    start: Tensor

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
        """After a change of colours that could be undone: the bound is spared."""
        return replace(self, pictures=change(self.pictures).clamp(0, 1))

    def damaged(self, change: Callable[[Tensor], Tensor]) -> View:
        """After a loss that nobody can undo; it comes over the bound, too, drawn anew where chance plays."""
        made = (change(pictures).clamp(0, 1) for pictures in (self.pictures, self.bound))
        return replace(self, **dict(zip(("pictures", "bound"), made, strict=True)))


def first_view(edited: Tensor, original: Tensor, mask: Tensor) -> View:
    """E, I [1, 3, H, W] in [-1, 1] and the true mask [1, 1, H, W] before any drift."""
    start = (torch.cat([edited, original]) + 1) / 2
    flow = pixel_centres(*original.shape[-2:])
    return View(start, start[:1], flow, torch.ones_like(mask, dtype=torch.bool), mask, start)


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
