"""Signed distances (negative inside) and what becomes of them: coverage, soft shadows, blends.

Lengths are in picture units: the picture spans [-1, 1] both ways, x to the right and y down.
After Inigo Quilez's articles on 2D distance functions (iquilezles.org/articles/distfunctions2d).
"""

from __future__ import annotations

import torch
from torch import Tensor

Length = Tensor | float


def ellipse(x: Tensor, y: Tensor, rx: Length, ry: Length) -> Tensor:
    """First-order distance to an axis-aligned ellipse at the origin: exact on its rim, close near it."""
    px, py = x / rx, y / ry
    near = torch.sqrt(px.square() + py.square() + 1e-8)
    px /= rx
    py /= ry
    slope = torch.sqrt(px.square_() + py.square_() + 1e-8)
    return near * (near - 1) / slope


def disc(x: Tensor, y: Tensor, radius: Length) -> Tensor:
    """Distance to a disc at the origin."""
    return torch.sqrt(x.square() + y.square() + 1e-10) - radius


def box(x: Tensor, y: Tensor, half_width: Length, half_height: Length, radius: Length = 0.0) -> Tensor:
    """Distance to a box at the origin with rounded corners; the half sizes include the rounding."""
    qx = x.abs() - half_width + radius
    qy = y.abs() - half_height + radius
    outside = torch.sqrt(qx.clamp(min=0).square() + qy.clamp(min=0).square() + 1e-10)
    return outside + torch.maximum(qx, qy).clamp(max=0) - radius


def segment(x: Tensor, y: Tensor, start: tuple[Length, Length], end: tuple[Length, Length]) -> Tensor:
    """Distance to a line from ``start`` to ``end``; subtract a radius to make it a rounded stroke."""
    ax, ay = x - start[0], y - start[1]
    bx, by = end[0] - start[0], end[1] - start[1]
    along = ((ax * bx + ay * by) / (bx * bx + by * by + 1e-10)).clamp(0, 1)
    return torch.sqrt((ax - along * bx).square() + (ay - along * by).square() + 1e-10)


def smooth_union(a: Tensor, b: Tensor, blend: Length) -> Tensor:
    """The smaller of two distances, rounded where they meet over about ``blend``."""
    gap = (blend - (a - b).abs()).clamp(min=0)
    return torch.minimum(a, b) - gap.square_() / (4 * blend)


def smooth_intersection(a: Tensor, b: Tensor, blend: Length) -> Tensor:
    """The larger of two distances, rounded where they meet over about ``blend``."""
    gap = (blend - (a - b).abs()).clamp(min=0)
    return torch.maximum(a, b) + gap.square_() / (4 * blend)


def cover(distance: Tensor, pixel: float) -> Tensor:
    """Share of a pixel of size ``pixel`` that a shape covers, 0..1: anti-aliasing without supersampling."""
    return (0.5 - distance / pixel).clamp_(0, 1)


def soft(distance: Tensor, width: Length) -> Tensor:
    """Like ``cover`` with a wide, smooth edge centred on the rim: shadows, blush, glows."""
    t = (0.5 - distance / (width)).clamp_(0, 1)
    return t * t * (3 - 2 * t)


def step(value: Tensor, low: Length, high: Length) -> Tensor:
    """Smoothstep of ``value`` from 0 at ``low`` to 1 at ``high``."""
    t = ((value - low) / (high - low)).clamp_(0, 1)
    return t * t * (3 - 2 * t)


def bump(x: Tensor, y: Tensor, rx: Length, ry: Length) -> Tensor:
    """A round bell of height 1 at the origin that is exactly 0 outside the ellipse (rx, ry)."""
    rest = (1 - (x / rx).square() - (y / ry).square()).clamp_(min=0)
    return rest.square_()


def stroke(x: Tensor, y: Tensor, height: Tensor, slope: Tensor, thickness: Tensor) -> Tensor:
    """Distance to a pen stroke along y = ``height``(x) of that ``slope``, ``thickness`` to either side."""
    return (y - height).abs_() / torch.sqrt(1 + slope.square()) - thickness
