"""A face's landmarks exactly: a network that sees nothing but one face, upright and of one size.

A detector looks for faces of every size everywhere at once, and says only roughly where their eyes are. Here
the window around what it said is looked at again, and once more around what came of that, as in cascaded
pose regression (Dollár et al. 2010).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor, nn

from .faces import MIRRORED, Faces
from .views import Views

_REACH = 1.1  # half a window, in distances between the eyes or from eyes to mouth, whichever is larger
_LOOKS = 2
_AT_ONCE = 64  # windows


@dataclass(frozen=True)
class LandmarkerConfig:
    """Sizes of the network.

    Attributes:
        side: of a window in pixels, a multiple of 16.
        widths: channels of the four stages; each halves the window.
        hidden: channels between the last stage and the points.
    """

    side: int = 64
    widths: tuple[int, ...] = (16, 32, 64, 96)
    hidden: int = 128

    def __post_init__(self) -> None:
        object.__setattr__(self, "widths", tuple(self.widths))
        if self.side < 16 or self.side % 16 or len(self.widths) != 4 or min(*self.widths, self.hidden) < 1:
            raise ValueError(f"a landmarker has a side that 16 divides, and four widths, not {self}")


class Landmarker(nn.Module):
    """A window with one face in its middle to that face's landmarks."""

    kind: ClassVar[str] = "landmarker"
    config_type: ClassVar[type[LandmarkerConfig]] = LandmarkerConfig

    def __init__(self, config: LandmarkerConfig) -> None:
        super().__init__()
        self.config = config
        before = (3, *config.widths[:-1])
        stages = [_stage(*sizes) for sizes in zip(before, config.widths, strict=True)]
        self.stages = nn.Sequential(*(layer for stage in stages for layer in stage))
        flat = config.widths[-1] * (config.side // 16) ** 2
        self.head = nn.Sequential(nn.Linear(flat, config.hidden), nn.ReLU(), nn.Linear(config.hidden, 10))

    def forward(self, windows: Tensor) -> Tensor:
        """Windows [V, 3, S, S] in [-1, 1] -> (x, y) in their pixels, [V, 5, 2]."""
        windows = windows.contiguous(memory_format=torch.channels_last)
        offsets = self.head(self.stages(windows).flatten(1)).float().unflatten(1, (5, 2))
        return (1 + offsets) * self.config.side / 2


def _stage(channels: int, out: int) -> list[nn.Module]:
    """Two convolutions, the first of which halves the size."""
    first = nn.Conv2d(channels, out, 3, stride=2, padding=1, bias=False)
    second = nn.Conv2d(out, out, 3, padding=1, bias=False)
    return [first, nn.BatchNorm2d(out), nn.ReLU(), second, nn.BatchNorm2d(out), nn.ReLU()]


def windows_on(landmarks: Tensor) -> Views:
    """The upright window on each of these faces, [F, 5, 2] in pixels of the picture."""
    eyes, mouth = landmarks[:, :2].mean(dim=1), landmarks[:, 3:].mean(dim=1)
    across = landmarks[:, 1] - landmarks[:, 0]
    halves = _REACH * torch.maximum(across.norm(dim=-1), (mouth - eyes).norm(dim=-1)).clamp_min(1)
    return Views((eyes + mouth) / 2, halves, torch.atan2(across[:, 1], across[:, 0]), torch.ones_like(halves))


def look_exactly(levels: Sequence[Tensor], network: Landmarker, faces: Faces) -> Faces:
    """The same faces with exact landmarks.

    Args:
        levels: the picture and its halvings.
        network: on the picture's device.
        faces: what a detector found.

    Returns:
        As many faces; boxes and scores are the detector's.
    """
    landmarks = faces.landmarks
    for _ in range(_LOOKS if len(faces) else 0):
        views = windows_on(landmarks).turned((0.0,), (1.0, -1.0))
        parts = [_points(levels, network, part) for part in views.split(_AT_ONCE)]
        landmarks = torch.cat(parts).unflatten(0, (len(faces), -1)).mean(dim=1)
    return replace(faces, landmarks=landmarks)


def _points(levels: Sequence[Tensor], network: Landmarker, views: Views) -> Tensor:
    points = network(views.look(levels, network.config.side))
    points = torch.where(views.mirrored[:, None, None] < 0, points[:, MIRRORED], points)
    return views.to_picture(points, network.config.side)
