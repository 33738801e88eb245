"""Coordinates that sit on a face, so that glasses land on the eyes whatever the picture."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ...errors import ShapeError

_EYES_TO_MOUTH = 1.15  # eye distances; a face turned aside shows its eyes closer together than that
_GUESS = ((0.42, 0.36), (0.58, 0.36), (0.5, 0.45), (0.44, 0.53), (0.56, 0.53))


@dataclass(frozen=True, eq=False)
class FaceFrame:
    """Every pixel's place on the face: the origin lies between the eyes, 1 is the distance of the eyes.

    Attributes:
        u, v: to the face's left in the picture and down its middle, [1, 1, H, W].
        pixel: size of a pixel in these units.
        mouth: (u, v) of the middle of the mouth.
        mouth_width: half the mouth's width.
        nose: (u, v) of the tip of the nose.
    """

    u: Tensor
    v: Tensor
    pixel: float
    mouth: tuple[float, float]
    mouth_width: float
    nose: tuple[float, float]

    def place(self, u: float, v: float) -> tuple[int, int]:
        """(x, y) of the pixel next to a place on the face."""
        nearest = int(((self.u - u).square() + (self.v - v).square()).argmin())
        return nearest % self.u.shape[-1], nearest // self.u.shape[-1]


def face_frame(landmarks: Tensor, height: int, width: int) -> FaceFrame:
    """Lay coordinates on a face.

    Args:
        landmarks: (x, y) in pixels of the eyes, the nose and the corners of the mouth, [5, 2], as detectors
            order them.
        height, width: of the picture.

    Raises:
        ShapeError: if there are not five landmarks.
    """
    if landmarks.shape != (5, 2):
        raise ShapeError(f"a face has five landmarks [5, 2], got {list(landmarks.shape)}")
    points = landmarks.float().cpu()
    middle, mouth = (points[0] + points[1]) / 2, (points[3] + points[4]) / 2
    across = points[1] - points[0]
    unit = max(float(across.norm()), float((mouth - middle).norm()) / _EYES_TO_MOUTH, 1.0)
    axis = across / across.norm().clamp_min(1e-6)

    def turn(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        dx, dy = (x - middle[0]) / unit, (y - middle[1]) / unit
        return dx * axis[0] + dy * axis[1], dy * axis[0] - dx * axis[1]

    y, x = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    u, v = turn(x[None, None], y[None, None])
    corners = float((points[4] - points[3]).norm()) / unit / 2
    mouth_u, mouth_v, nose_u, nose_v = (
        float(value) for point in (mouth, points[2]) for value in turn(*point)
    )
    return FaceFrame(u, v, 1 / unit, (mouth_u, mouth_v), max(corners, 0.2), (nose_u, nose_v))


def guessed_landmarks(height: int, width: int) -> Tensor:
    """Where a portrait's face would be, [5, 2], for pictures in which none is found."""
    return torch.tensor(_GUESS) * torch.tensor([width, height])
