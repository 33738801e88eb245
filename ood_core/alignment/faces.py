"""What a detector finds: boxes, scores, five landmarks; and which of several faces is meant.

Coordinates are continuous and in pixels of the picture: (0, 0) is the picture's top left corner, (0.5, 0.5)
the centre of its first pixel, (W, H) its bottom right corner. They may lie outside where a face is cut off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from ..errors import FaceError, NoFaceError, ShapeError

LANDMARKS = ("left eye", "right eye", "nose tip", "left mouth corner", "right mouth corner")
"""The order of landmarks; left and right are the picture's, of a face that is upright."""

MIRRORED = [1, 0, 2, 4, 3]
"""The same landmarks of a mirrored face."""

NO_FACE = "no face was found; try a larger or upright one, give landmarks, or take the picture as aligned"


@dataclass(frozen=True, eq=False)
class Faces:
    """The faces of one picture, the surest first. Every one has finite coordinates.

    Attributes:
        boxes: left, top, right, bottom of each face, [N, 4].
        scores: how sure each is, in [0, 1], descending, [N].
        landmarks: (x, y) of each face's ``LANDMARKS``, [N, 5, 2]; a turned face has turned landmarks, so that
            its "left eye" is the one that would be left if it were upright.

    Raises:
        ShapeError: if the shapes are others.
        FaceError: if a number is not finite, or the scores do not descend.
    """

    boxes: Tensor
    scores: Tensor
    landmarks: Tensor

    def __post_init__(self) -> None:
        count = len(self.scores)
        found = [tuple(tensor.shape) for tensor in (self.boxes, self.scores, self.landmarks)]
        if found != [(count, 4), (count,), (count, 5, 2)]:
            raise ShapeError(f"faces need boxes [N, 4], scores [N], landmarks [N, 5, 2]; found {found}")
        for name, tensor in (("boxes", self.boxes), ("scores", self.scores), ("landmarks", self.landmarks)):
            if not bool(torch.isfinite(tensor).all()):
                raise FaceError(f"the {name} of the faces hold a value that is not finite: give real numbers")
        if bool((self.scores[1:] > self.scores[:-1]).any()):
            raise FaceError(f"faces must be sorted by descending score, found {self.scores.tolist()}")

    def __len__(self) -> int:
        return len(self.scores)

    def __getitem__(self, indices: Sequence[int]) -> Faces:
        """The faces of these indices, in their order, which must keep the scores descending."""
        keep = torch.as_tensor(list(indices), dtype=torch.long, device=self.scores.device)
        return Faces(self.boxes[keep], self.scores[keep], self.landmarks[keep])

    @property
    def areas(self) -> Tensor:
        """Area of each box in square pixels, [N]."""
        return (self.boxes[:, 2:] - self.boxes[:, :2]).clamp_min(0).prod(dim=1)


class Detector(Protocol):
    """Anything that finds faces."""

    def __call__(self, picture: Tensor) -> Faces:
        """Find the faces of a picture [1, 3, H, W] in [-1, 1]; none is no error but an empty ``Faces``."""


def no_faces(device: str | torch.device = "cpu") -> Faces:
    """What a detector returns where there is no face."""
    shapes = ((0, 4), (0,), (0, 5, 2))
    return Faces(*(torch.zeros(shape, device=device) for shape in shapes))


def choose_faces(faces: Faces, which: str | int) -> Faces:
    """Keep the faces that are meant.

    Args:
        faces: all that were found.
        which: "all", "largest", or a number N: 0 is the surest face, 1 the next.

    Returns:
        At least one face.

    Raises:
        NoFaceError: if there are no faces.
        FaceError: if there are not so many faces, or ``which`` is something else.
    """
    if len(faces) == 0:
        raise NoFaceError(NO_FACE)
    if which == "all":
        return faces
    if which == "largest":
        return faces[[int(faces.areas.argmax())]]
    if isinstance(which, bool) or not str(which).isdecimal():
        raise FaceError(f"which face? Say largest, all, or a number from 0, not {which!r}")
    if int(which) >= len(faces):
        count = f"{len(faces)} faces, 0 to {len(faces) - 1}" if len(faces) > 1 else "one face, number 0"
        raise FaceError(f"there is no face {which}: {count}")
    return faces[[int(which)]]
