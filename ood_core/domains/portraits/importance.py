"""Which pixels matter for a loss: eyes, brows, mouth, and every outline."""

from __future__ import annotations

import torch
from torch import Tensor

from .anatomy import EYE_Y, MOUTH_Y, Anatomy
from .canvas import Canvas
from .shapes import ellipse, soft

FEATURE_WEIGHT = 5.0
OUTLINE_WEIGHT = 4.0


def importance(canvas: Canvas, body: Anatomy, image: Tensor) -> Tensor:
    """Weight of each pixel, [B, 1, R, R], at least 1.

    Args:
        canvas: the coordinates.
        body: who was painted.
        image: the finished picture; its steps between neighbours mark the outlines.
    """
    weight = torch.ones_like(image[:, :1])
    weight[..., :, 1:] += OUTLINE_WEIGHT * image.diff(dim=3).abs().amax(1, keepdim=True)
    weight[..., 1:, :] += OUTLINE_WEIGHT * image.diff(dim=2).abs().amax(1, keepdim=True)
    u = canvas.u - body.turn
    eyes = ellipse(u.abs() - body.eye_x, canvas.v - EYE_Y + 0.05, 0.16, 0.17)
    mouth = ellipse(u, canvas.v - MOUTH_Y - 0.02, 0.25, 0.12)
    weight += FEATURE_WEIGHT * soft(torch.minimum(eyes, mouth), 0.08)
    return weight.clamp_(max=8.0)
