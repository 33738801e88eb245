"""What an edit of a photograph needs to know: where the face, the person, hair and clothes are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ...alignment import face_detector
from ...diffcam.filters import blur
from ...domains.portraits.shapes import step
from ...errors import ImageError, OodError
from ...files.levels import from_uint8, to_uint8
from ...files.pictures import load_image
from ...images import resize_area
from .face_frame import FaceFrame, face_frame, guessed_landmarks

_SEGMENTED = 256  # pixels at which a person is told from the background
_SURE, _MAYBE, _NEVER = 1, 3, 0  # OpenCV's labels


@dataclass(frozen=True, eq=False)
class Photograph:
    """A photograph at the benchmark's size, of 8 bits.

    Attributes:
        picture: [1, 3, H, W] in [-1, 1].
        frame: coordinates on its face.
    """

    picture: Tensor
    frame: FaceFrame

    @cached_property
    def person(self) -> Tensor:
        """Where the person is, [1, 1, H, W] in [0, 1]: GrabCut. Raises OodError without OpenCV."""
        frame = self.frame
        labels = _labels(F.interpolate(_silhouette(frame), size=(_SEGMENTED,) * 2, mode="area")[0, 0])
        small = F.interpolate(self.picture, size=(_SEGMENTED,) * 2, mode="area")
        found = torch.from_numpy(_grab_cut(to_uint8(small)[0], labels))[None, None]
        soft = F.interpolate(found, size=self.picture.shape[-2:], mode="bilinear", align_corners=False)
        return step(blur(soft, 1.5), 0.35, 0.65)

    @cached_property
    def hair(self) -> Tensor:
        """Hair or what covers it, [1, 1, H, W] in [0, 1]: around the face, and unlike skin."""
        u, v = self.frame.u, self.frame.v
        face = step(1.05 - ((u / 0.95).square() + ((v - 0.35) / 1.3).square()).sqrt(), 0.0, 0.1)
        return self.person * (1 - face) * step(1.6 - v, 0.0, 0.3) * self._unlike_skin

    @cached_property
    def clothes(self) -> Tensor:
        """What is worn below the neck, [1, 1, H, W] in [0, 1]: of the person, and unlike skin."""
        return self.person * step(self.frame.v, 1.9, 2.1) * self._unlike_skin

    @cached_property
    def _unlike_skin(self) -> Tensor:
        cheeks = ((self.frame.u.abs() - 0.5).abs() < 0.2) & ((self.frame.v - 0.6).abs() < 0.25)
        pixels = self.picture[cheeks.expand_as(self.picture)].view(3, -1)
        skin = pixels.median(dim=1).values.view(1, 3, 1, 1)
        apart = blur((self.picture - skin) / 2, 1.5).square().sum(1, keepdim=True).sqrt()
        return step(blur(step(apart, 0.14, 0.2), 1.5), 0.35, 0.65)


def read_photograph(path: Path, size: int) -> Photograph:
    """Read a photograph, cut its middle square out, reduce it to ``size`` and find its face.

    Raises:
        ImageError: if the file cannot be read, or is smaller than ``size``.
    """
    picture = load_image(path)
    side = min(picture.shape[-2:])
    if side < size:
        raise ImageError(f"{path} is {side} px on its shorter side; photographs here need at least {size}")
    top, left = ((length - side) // 2 for length in picture.shape[-2:])
    square = picture[..., top : top + side, left : left + side]
    reduced = from_uint8(to_uint8(resize_area(square, size)))
    faces = face_detector()(reduced)
    found = faces.landmarks[0] if len(faces) else guessed_landmarks(size, size)
    return Photograph(reduced, face_frame(found, size, size))


def split_by_person(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Photographs to tune on, and photographs held out: every second person.

    Files whose names begin with the same number, as "012-smiling.jpg", show one person.
    """
    people: dict[str, list[Path]] = {}
    for path in sorted(paths):
        first = path.stem.split("-")[0]
        people.setdefault(first if first.isdigit() else path.stem, []).append(path)
    groups = [people[name] for name in sorted(people)]
    return sum(groups[::2], []), sum(groups[1::2], [])


def _silhouette(frame: FaceFrame) -> Tensor:
    """0 far from the person, 1 near, 2 well inside: head, neck and shoulders."""
    u, v = frame.u, frame.v

    def body(grown: float) -> Tensor:
        head = ((u / (1.15 + grown)).square() + ((v - 0.1) / (1.6 + grown)).square()) < 1
        below = (v > 1.2 - grown) & (u.abs() < 0.6 + grown + (0.9 * (v - 1.5)).clamp(0, 1.9))
        return (head | below).float()

    return body(0.9) + body(-0.15)


def _labels(near: Tensor) -> np.ndarray:
    labels = np.full(near.shape, _MAYBE, np.uint8)
    labels[near.numpy() < 0.5] = _NEVER
    labels[near.numpy() > 1.9] = _SURE
    return labels


def _grab_cut(pixels: np.ndarray, labels: np.ndarray) -> np.ndarray:
    cv2 = opencv("an edit of the person, the hair or the clothes")
    cv2.setRNGSeed(1)
    model = np.zeros((2, 1, 65), np.float64)
    cv2.grabCut(pixels, labels, None, model[0], model[1], 3, cv2.GC_INIT_WITH_MASK)
    return ((labels == _SURE) | (labels == _MAYBE)).astype(np.float32)


def opencv(what: str) -> Any:
    """The module cv2. Raises OodError, naming what needs it, where it is not installed."""
    try:
        import cv2
    except ModuleNotFoundError:
        raise OodError(f'{what} needs OpenCV: pip install "ood-editing[eval]"') from None
    return cv2
