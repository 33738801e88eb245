"""Finding faces of any size and turn: roughly everywhere, then closely where something was seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import ShapeError
from ..images import Box, check_finite
from .boxes import coverage, suppressed
from .closer import look_closer
from .faces import Detector, Faces, no_faces
from .landmarker import Landmarker, look_exactly
from .views import Views, halvings
from .warp import warp
from .yunet import YuNet, built_in

LARGEST, LARGEST_TURNED = 1600, 800
"""Longest side in pixels at which a picture is searched upright, and turned."""

_TURNS = (
    (0.0, 45.0, -45.0),
    (90.0, 135.0, 180.0, 225.0, 270.0),
)  # the second only where the first found nothing
_MAYBE = 0.4  # score from which something is worth a closer look
_OVERLAP = 0.4  # of boxes that are one face
_COVERED = 0.6  # share of the smaller box: an eye within a face is no face of its own
_CANDIDATES, _FACES = 1000, 300  # most in one search, and in one picture


@dataclass(frozen=True, eq=False)
class FaceDetector:
    """A network as a `Detector`: `find_faces` with it."""

    network: YuNet
    landmarker: Landmarker | None

    def __call__(self, picture: Tensor) -> Faces:
        """Find the faces of a picture [1, 3, H, W] in [-1, 1]."""
        return find_faces(picture, self.network, self.landmarker)


def face_detector(network: YuNet | None = None, landmarker: Landmarker | None = None) -> Detector:
    """A detector: a bundle's own networks, or the built-in YuNet where the bundle has none."""
    return FaceDetector(built_in() if network is None else network, landmarker)


@torch.no_grad()
def find_faces(picture: Tensor, network: YuNet, landmarker: Landmarker | None = None) -> Faces:
    """Find faces from about ten pixels to the whole picture, turned any way.

    The picture is searched at several sizes, upright and turned by 45 degrees, and sideways and upside down
    where that finds no face. Every place where something may be is then looked at from near, from several
    angles, on which the landmarks are averaged: that gives faces their turn and rejects what is none.

    Args:
        picture: [1, 3, H, W] in [-1, 1], of any size.
        network: on any device; the faces are on it, too.
        landmarker: on the same device; None for the landmarks that ``network`` sees.

    Raises:
        ShapeError: if there is not one picture.
        ImageError: if a value is not finite.
    """
    _check(picture)
    levels = halvings(picture.to(next(network.parameters())))
    for turns in _TURNS:
        faces = look_closer(levels, network, _propose(levels, network, turns))
        if len(faces):
            faces = faces[suppressed(faces.boxes, faces.scores, _COVERED, coverage).tolist()]
            return faces if landmarker is None else look_exactly(levels, landmarker, faces)
    return no_faces(levels[0].device)


def _check(picture: Tensor) -> None:
    if picture.ndim != 4 or picture.shape[:2] != (1, 3) or 0 in picture.shape:
        raise ShapeError(f"faces are looked for in one picture [1, 3, H, W], not {list(picture.shape)}")
    check_finite(picture)


def _propose(levels: Sequence[Tensor], network: YuNet, turns: Sequence[float]) -> Views:
    """Where faces may be; each window is twice as wide as the face and turned as the picture was."""
    centres, sizes, angles, scores = [], [], [], []
    for power, level in enumerate(levels):
        side = max(level.shape[2:])
        for degrees in turns:
            if side > (LARGEST if degrees == 0 else LARGEST_TURNED):
                continue
            middle, size, score = _search(level, network, math.radians(degrees))
            centres.append(middle * 2**power)
            sizes.append(size * 2**power)
            angles.append(torch.full_like(size, math.radians(degrees)))
            scores.append(score)
    centre, size, angle = torch.cat(centres), torch.cat(sizes), torch.cat(angles)
    square = torch.cat([centre - size[:, None] / 2, centre + size[:, None] / 2], dim=1)
    keep = suppressed(square, torch.cat(scores), _OVERLAP)[:_FACES]
    return Views(centre[keep], size[keep], angle[keep], torch.ones_like(angle[keep]))


def _search(level: Tensor, network: YuNet, angle: float) -> tuple[Tensor, Tensor, Tensor]:
    """Centre [N, 2], size [N] and score [N] of what looks like a face once ``level`` is turned."""
    turned, to_level = _turned(level, angle)
    height, width = turned.shape[2:]
    padded = F.pad(turned, (0, -width % 32, 0, -height % 32))
    raw = network(padded.contiguous(memory_format=torch.channels_last))
    scores, best = raw.scores()[0].topk(min(_CANDIDATES, len(raw.priors)))
    best = best[scores > _MAYBE]
    boxes, scores = raw.boxes()[0, best], scores[scores > _MAYBE]
    keep = suppressed(boxes, scores, _OVERLAP)
    boxes, scores = boxes[keep], scores[keep]
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    return middle @ to_level[:, :2].T + to_level[:, 2], (boxes[:, 2:] - boxes[:, :2]).amax(dim=1), scores


def _turned(level: Tensor, angle: float) -> tuple[Tensor, Tensor]:
    """The whole picture turned so that what leant by ``angle`` is upright, and the map [2, 3] back."""
    if angle == 0:
        return level, torch.eye(2, 3).to(level)
    height, width = level.shape[2:]
    cosine, sine = math.cos(angle), math.sin(angle)
    across = math.ceil(abs(cosine) * width + abs(sine) * height)
    down = math.ceil(abs(sine) * width + abs(cosine) * height)
    x = width / 2 - cosine * across / 2 + sine * down / 2
    y = height / 2 - sine * across / 2 - cosine * down / 2
    to_level = (cosine, -sine, x, sine, cosine, y)
    turned = warp(level, to_level, Box(0, 0, down, across), "bilinear", "zeros")
    return turned, torch.tensor(to_level).view(2, 3).to(level)
