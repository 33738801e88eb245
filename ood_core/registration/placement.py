"""Where each pixel of I lies in T: an affine map and a small smooth warp; and T brought onto I by it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ..images import strips_of
from .filters import resize
from .geometry import inside, pixel_grid, resizing, sample, transform
from .smooth_fields import spread_field

_SHRINKS = 1.15  # a larger reduction than this is made with an anti-aliasing filter first


def resized(original: Tensor, edited: Tensor) -> Placement:
    """T merely resized to I; both [1,C,H,W]."""
    size = (original.shape[-2], original.shape[-1])
    edited_size = (edited.shape[-2], edited.shape[-1])
    return Placement(resizing(size, edited_size), None, size, edited_size)


@dataclass(frozen=True, eq=False)
class Placement:
    """A map from I's pixels to T's.

    Attributes:
        matrix: the affine part, 3×3 in double precision, from I's to T's pixel coordinates.
        bend: the smooth warp on top, a field of `smooth_fields` in shares of I's longer side, or None.
        size, edited_size: (height, width) of I and of T.
    """

    matrix: Tensor
    bend: Tensor | None
    size: tuple[int, int]
    edited_size: tuple[int, int]

    @property
    def plain(self) -> bool:
        """Whether T lies on I pixel by pixel."""
        identity = torch.eye(3, dtype=torch.float64)
        return self.bend is None and self.size == self.edited_size and bool((self.matrix == identity).all())

    def coordinates(
        self, size: tuple[int, int], device: torch.device, rows: slice = slice(None)
    ) -> tuple[Tensor, Tensor]:
        """(x, y) in T for the pixels of I resized to ``size``, or of some of its rows, both [h, W]."""
        x, y = torch.broadcast_tensors(*pixel_grid(size, device, rows))
        if self.bend is not None:
            bent = spread_field(self.bend.to(device), size, rows)[0] * max(size)
            x, y = x + bent[0], y + bent[1]
        return transform(self.matrix @ resizing(size, self.size), x, y)

    def flow(self, device: torch.device) -> Tensor:
        """T's pixel coordinates (x, y) of each of I's pixel centres, [1, 2, H, W]; 0 is the first centre."""
        return torch.stack(self.coordinates(self.size, device))[None]

    def bring(self, edited: Tensor, size: tuple[int, int] | None = None, rows: slice = slice(None)) -> Tensor:
        """T [1,C,H',W'] seen on I's grid, or on I resized to ``size``, or on some rows of it; not clamped."""
        size = size or self.size
        if self.plain:
            return resize(edited, size)[..., rows, :]
        source, to_source = self._reduced(edited, size)
        strips = []
        for strip in strips_of(size, rows):
            x, y = self.coordinates(size, edited.device, strip)
            strips.append(sample(source, *transform(to_source, x, y), "bicubic"))
        return torch.cat(strips, 2) if len(strips) > 1 else strips[0]

    def coverage(self, size: tuple[int, int], device: torch.device) -> Tensor:
        """1 where T reaches, [1,1,*size]."""
        if self.plain:
            return torch.ones(1, 1, *size, device=device)
        strips = [
            inside(*self.coordinates(size, device, strip), self.edited_size, -0.5)
            for strip in strips_of(size)
        ]
        return torch.cat(strips, 2)

    def _reduced(self, edited: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """T, made smaller where the map would skip its pixels, and the map from T to it."""
        linear = (self.matrix @ resizing(size, self.size))[:2, :2]
        shrinks = math.sqrt(abs(float(torch.linalg.det(linear))))
        height, width = edited.shape[-2:]
        if shrinks <= _SHRINKS:
            return edited, torch.eye(3, dtype=torch.float64)
        smaller = (max(4, round(height / shrinks)), max(4, round(width / shrinks)))
        return resize(edited, smaller), resizing((height, width), smaller)
