"""Portraits cut out and pasted into larger pictures, at any size and turn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ...alignment.warp import warp
from ...images import Box
from .landmarks import face_outlines, landmarks
from .renderer import render
from .scenes import draw_layers, put_among
from .things import Thing


@dataclass(frozen=True, eq=False)
class Cutout:
    """A portrait to be pasted.

    Attributes:
        rgba: premultiplied colour and coverage, [1, 4, R, R] in [0, 1]; a framed one covers its square.
        landmarks: (x, y) in its pixels, [5, 2].
        outline: the ellipse of the face, see ``face_outlines``, [3, 2].
    """

    rgba: Tensor
    landmarks: Tensor
    outline: Tensor


@dataclass(frozen=True)
class Spot:
    """Where a portrait goes: its centre and side in pixels of the scene, its turn clockwise in radians."""

    x: float
    y: float
    side: float
    angle: float

    def box(self, share: float = 1.0) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of the upright box around the inner ``share`` of the portrait."""
        reach = share * self.side / 2 * (abs(math.cos(self.angle)) + abs(math.sin(self.angle)))
        return self.x - reach, self.y - reach, self.x + reach, self.y + reach


@torch.no_grad()
def cut_out(
    factors: Tensor, things: Sequence[Sequence[Thing]], framed: Tensor, resolution: int
) -> list[Cutout]:
    """Draw portraits to be pasted.

    Args:
        factors: [B, K].
        things: the things of each person; a wall is seen only behind who is framed.
        framed: whether each keeps its own background, bool [B].
        resolution: R.
    """
    drawn = render(factors, resolution)
    person, alpha, backdrop = put_among(drawn, draw_layers(factors, things, resolution))
    keep = (1 - alpha) * framed.view(-1, 1, 1, 1)
    rgba = torch.cat([(person + keep * backdrop) * drawn.light, alpha + keep], dim=1).clamp_(0, 1)
    points, outlines = landmarks(factors, resolution), face_outlines(factors, resolution)
    return [Cutout(rgba[i : i + 1], points[i], outlines[i]) for i in range(len(factors))]


def paste(scene: Tensor, cutout: Cutout, spot: Spot) -> tuple[Tensor, Tensor]:
    """Paste a portrait onto a scene [1, 3, H, W] in [0, 1], which is changed.

    Returns:
        The face's box, [4], and its landmarks, [5, 2], in pixels of the scene.
    """
    middle = cutout.rgba.shape[-1] / 2
    scale = spot.side / (2 * middle)
    cosine, sine = math.cos(spot.angle), math.sin(spot.angle)
    a, b = cosine / scale, sine / scale
    to_cutout = (a, b, middle - a * spot.x - b * spot.y, -b, a, middle + b * spot.x - a * spot.y)
    covered = _clipped(spot, scene)
    if covered.height > 0 and covered.width > 0:
        laid = warp(cutout.rgba, to_cutout, covered, "bilinear", "zeros")
        part = covered.crop(scene)
        part.mul_(1 - laid[:, 3:]).add_(laid[:, :3])
    axes = torch.tensor([[cosine, -sine], [sine, cosine]]) * scale
    centre = torch.tensor([spot.x, spot.y])
    points, outline = ((each - middle) @ axes.T + centre for each in (cutout.landmarks, cutout.outline))
    reach = (outline[1:] - outline[0]).square().sum(0).sqrt()
    return torch.cat([outline[0] - reach, outline[0] + reach]), points


def _clipped(spot: Spot, scene: Tensor) -> Box:
    """The scene's pixels that a portrait may cover."""
    left, top, right, bottom = spot.box()
    first = max(0, math.floor(top)), max(0, math.floor(left))
    last = min(scene.shape[2], math.ceil(bottom)), min(scene.shape[3], math.ceil(right))
    return Box(*first, last[0] - first[0], last[1] - first[1])
