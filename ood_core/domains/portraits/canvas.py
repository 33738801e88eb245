"""Where portraits are painted: premultiplied colour and coverage, with the coordinates of every pixel."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

LEFT, RIGHT = -0.82, 0.82  # close enough that an eye is 17 pixels wide at 128
TOP, BOTTOM = -0.83, 0.81
_PIVOT = 0.45


@dataclass(frozen=True)
class Canvas:
    """A picture, or a window of one; windows share the picture's memory.

    Attributes:
        rgba: premultiplied colour in [0, 1] and coverage, [B, 4, h, w].
        x, y: picture coordinates, [1, 1, 1, w] and [1, 1, h, 1]; see LEFT, RIGHT, TOP, BOTTOM.
        u, v: the same turned with the head, [B, 1, h, w].
        pixel: size of a pixel in picture units.
    """

    rgba: Tensor
    x: Tensor
    y: Tensor
    u: Tensor
    v: Tensor
    pixel: float

    def window(self, left: float, top: float, right: float, bottom: float) -> Canvas:
        """The part of the picture inside a box in picture units: parts that are small are painted there."""
        width, height = self.rgba.shape[-1], self.rgba.shape[-2]
        columns = _span(left, right, float(self.x.flatten()[0]), self.pixel, width)
        rows = _span(top, bottom, float(self.y.flatten()[0]), self.pixel, height)
        return Canvas(
            self.rgba[..., rows, columns],
            self.x[..., columns],
            self.y[..., rows, :],
            self.u[..., rows, columns],
            self.v[..., rows, columns],
            self.pixel,
        )

    def paint(self, colour: Tensor, coverage: Tensor) -> None:
        """Lay a colour, [B, 3, 1, 1] or [B, 3, h, w], over the picture as ``coverage`` [B, 1, h, w] says."""
        self.rgba[:, :3].lerp_(colour, coverage)
        self.rgba[:, 3:].lerp_(torch.ones((), dtype=coverage.dtype, device=coverage.device), coverage)

    def tint(self, colour: Tensor, coverage: Tensor) -> None:
        """Like ``paint`` but only upon what is painted already: shadows, blush, wrinkles."""
        self.rgba[:, :3].lerp_(colour, coverage * self.rgba[:, 3:])


def _span(low: float, high: float, first: float, pixel: float, size: int) -> slice:
    start = math.floor((low - first) / pixel)
    stop = math.ceil((high - first) / pixel) + 1
    return slice(min(max(start, 0), size), min(max(stop, 0), size))


def blank(count: int, resolution: int, tilt: Tensor) -> Canvas:
    """An empty picture; its head coordinates turn by ``tilt`` (radians, [B, 1, 1, 1]) about the neck."""
    pixel = (RIGHT - LEFT) / resolution
    line = (torch.arange(resolution, dtype=torch.float32, device=tilt.device) + 0.5) * pixel
    x, y = (line + LEFT).view(1, 1, 1, -1), (line + TOP).view(1, 1, -1, 1)
    cosine, sine = torch.cos(tilt), torch.sin(tilt)
    u = x * cosine + (y - _PIVOT) * sine
    v = (y - _PIVOT) * cosine - x * sine + _PIVOT
    rgba = torch.zeros(count, 4, resolution, resolution, device=tilt.device)
    return Canvas(rgba, x, y, u, v, pixel)


def to_picture(u: Tensor, v: Tensor, tilt: Tensor) -> tuple[Tensor, Tensor]:
    """Picture coordinates (x, y) of points in head coordinates; the inverse of what ``blank`` does."""
    cosine, sine = torch.cos(tilt), torch.sin(tilt)
    return u * cosine - (v - _PIVOT) * sine, u * sine + (v - _PIVOT) * cosine + _PIVOT
