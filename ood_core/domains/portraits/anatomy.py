"""Where a person's parts lie, in head coordinates: measured once, shared by every part that is painted."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from .factors import People
from .shapes import ellipse, smooth_union

CRANIUM_Y = -0.13
CRANIUM_HEIGHT = 0.475
EYE_Y = -0.01
BROW_Y = -0.19
MOUTH_Y = 0.365
TILT = 0.085
TURN = 0.05


@dataclass(frozen=True)
class Anatomy:
    """Positions and sizes, each [B, 1, 1, 1], in picture units; half sizes where a part is symmetric."""

    head_width: Tensor
    jaw_width: Tensor
    chin_y: Tensor
    eye_x: Tensor
    eye_width: Tensor
    eye_height: Tensor
    nose_y: Tensor
    nose_width: Tensor
    mouth_width: Tensor
    neck_width: Tensor
    turn: Tensor

    def head(self, u: Tensor, v: Tensor) -> Tensor:
        """Distance to the outline of face and cranium."""
        cranium = ellipse(u, v - CRANIUM_Y, self.head_width, CRANIUM_HEIGHT)
        jaw_height = 0.4
        jaw = ellipse(u, v - (self.chin_y - jaw_height), self.jaw_width, jaw_height)
        return smooth_union(cranium, jaw, 0.16)


def measure(people: People) -> Anatomy:
    """Anatomy of each person. The variation is small where pictures are aligned: eyes and mouth stay put."""
    wide = people["head_width"]
    return Anatomy(
        head_width=0.42 + 0.03 * wide,
        jaw_width=0.335 + 0.03 * wide + 0.04 * people["jaw_width"],
        chin_y=0.615 + 0.045 * people["chin_length"],
        eye_x=0.192 + 0.014 * people["eye_spacing"],
        eye_width=0.107 + 0.011 * people["eye_size"],
        eye_height=0.076 + 0.013 * people["eye_size"],
        nose_y=0.185 + 0.022 * people["nose_length"],
        nose_width=0.066 + 0.016 * people["nose_width"],
        mouth_width=0.158 + 0.022 * people["mouth_width"],
        neck_width=0.2 + 0.035 * people["neck_width"],
        turn=TURN * people["turn"],
    )
