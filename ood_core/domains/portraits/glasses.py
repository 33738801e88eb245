"""Eyeglasses: frames, tinted lenses with a glint, temples."""

from __future__ import annotations

import torch

from .anatomy import EYE_Y, Anatomy
from .canvas import Canvas
from .colours import colour
from .factors import People
from .shapes import box, cover, soft


def draw_glasses(canvas: Canvas, people: People, body: Anatomy) -> None:
    """Glasses that fade in with their factor."""
    shown = people.presence("Eyeglasses")
    part = canvas.window(-0.6, -0.24, 0.6, 0.26)
    u = part.u - 1.1 * body.turn
    side = u.abs()
    out = side - body.eye_x - 0.012
    down = part.v - EYE_Y - 0.018
    rim = box(out, down, 0.155, 0.132, 0.1)
    inside = cover(rim, part.pixel)
    part.tint(colour("#dff0ff", u.device), inside * shown * 0.1)
    sweep = (out * torch.where(u > 0, 1.0, -1.0)) + 0.75 * down
    glint = soft((sweep + 0.045).abs() - 0.022, 0.02).maximum(soft((sweep - 0.02).abs() - 0.006, 0.014))
    part.tint(colour("#ffffff", u.device), inside * glint * shown * 0.3)
    frame = colour("#2a1a1c", u.device)
    part.tint(frame, soft(rim.abs() - 0.012, 0.04) * shown * 0.18)
    bridge = ((down + 0.03 - 0.9 * side.square()).abs() - 0.013).maximum(side - (body.eye_x - 0.12))
    temple = (
        ((down + 0.045).abs() - 0.012).maximum(0.135 - out).maximum(part.u.abs() - body.head_width - 0.01)
    )
    wire = torch.minimum(torch.minimum(rim.abs() - 0.0165, bridge), temple)
    part.paint(frame, cover(wire, part.pixel) * shown)
    shine = cover((rim + 0.006).abs() - 0.004, part.pixel) * soft(down + 0.09, 0.06)
    part.tint(colour("#c79a7a", u.device), shine * shown * 0.7)
