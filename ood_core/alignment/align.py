"""Where a face's upright square lies in a photograph, and the crop that is cut out there."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ..errors import FaceError, ShapeError
from ..images import Box, resize_area, resize_bilinear
from .frame import Frame
from .warp import Affine, warp

LARGEST = 8
"""The largest side of an `Alignment`, in longer sides of its picture: any larger crop would be all border."""

_BLURRED = 12  # cells a side of what a mirrored border is blurred to
_BLUR_ONSET = 0.05  # distance from the border, in sides of the square, from which it is blurred in full
_SLIMMEST = 0.1  # sine between the lines eye to eye and eyes to mouth; about 1 in a face seen from anywhere


@dataclass(frozen=True)
class Alignment:
    """A square crop of a picture, turned as the face is: a similarity between crop and picture.

    Attributes:
        centre: the square's centre, (x, y) in the picture's continuous pixel coordinates.
        axis: from the centre to the middle of the crop's right edge, (x, y): half a side long.
        picture_size: (H, W) of the picture.

    Raises:
        FaceError: if a number is not finite, the square is smaller than a pixel or larger than
            `LARGEST` pictures, or it does not touch the picture.
    """

    centre: tuple[float, float]
    axis: tuple[float, float]
    picture_size: tuple[int, int]

    def __post_init__(self) -> None:
        height, width = self.picture_size
        where = f"the face at ({self.centre[0]:.0f}, {self.centre[1]:.0f})"
        if not all(math.isfinite(number) for number in (*self.centre, *self.axis)):
            raise FaceError(f"the square of a face must be finite numbers, not {self.centre}, {self.axis}")
        if not 1 <= self.side <= LARGEST * max(height, width):
            raise FaceError(
                f"{where} has a square {self.side:.3g} pixels wide in a picture of {width}×{height}: "
                "these are no landmarks of a face; give others or leave them out"
            )
        if min(self._bounds[2:]) <= 0 or self._bounds[0] >= width or self._bounds[1] >= height:
            raise FaceError(f"{where} lies outside the picture of {width}×{height}; give landmarks inside it")

    @property
    def side(self) -> float:
        """The square's side in pixels of the picture."""
        return 2 * math.hypot(*self.axis)

    @property
    def angle(self) -> float:
        """Degrees that the face is turned clockwise, -180..180."""
        return math.degrees(math.atan2(self.axis[1], self.axis[0]))

    @property
    def box(self) -> Box | None:
        """The square as whole pixels inside the picture, or None where it is turned or between pixels."""
        left, top, right, bottom = self._bounds
        if self.axis[1] or self.axis[0] < 0 or not all(edge.is_integer() for edge in self._bounds):
            return None
        height, width = self.picture_size
        if left < 0 or top < 0 or right > width or bottom > height:
            return None
        return Box(int(top), int(left), int(bottom - top), int(right - left))

    @property
    def window(self) -> Box:
        """The smallest box of whole pixels inside the picture that holds all the square shows of it."""
        height, width = self.picture_size
        left, top, right, bottom = self._bounds
        first = max(0, math.floor(top)), max(0, math.floor(left))
        last = min(height, math.ceil(bottom)), min(width, math.ceil(right))
        return Box(*first, last[0] - first[0], last[1] - first[1])

    @property
    def _bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the turned square."""
        (x, y), reach = self.centre, abs(self.axis[0]) + abs(self.axis[1])
        return x - reach, y - reach, x + reach, y + reach

    def to_picture(self, size: int) -> Affine:
        """From coordinates of the crop of a size to the picture's."""
        (x, y), (ax, ay), unit = self.centre, self.axis, 2 / size
        return unit * ax, -unit * ay, x - ax + ay, unit * ay, unit * ax, y - ay - ax

    def to_crop(self, size: int) -> Affine:
        """The inverse of `to_picture`."""
        (x, y), (ax, ay) = self.centre, self.axis
        unit = size / 2 / (ax**2 + ay**2)
        middle = size / 2
        columns = unit * ax, unit * ay, middle - unit * (ax * x + ay * y)
        return *columns, -unit * ay, unit * ax, middle - unit * (ax * y - ay * x)


def face_alignment(landmarks: Tensor, frame: Frame, picture_size: tuple[int, int]) -> Alignment:
    """The square in which a face lies as it does in a bundle's pictures (Karras et al. 2019, appendix C).

    Args:
        landmarks: (x, y) of eyes, nose and mouth corners, [5, 2], in the order of `LANDMARKS`.
        frame: how a face lies in the bundle's pictures.
        picture_size: (H, W) of the picture.

    Raises:
        ShapeError: if there are not five points.
        FaceError: if the points are not finite, lie on a line, are mirrored, or far from the picture.
    """
    if landmarks.shape != (5, 2):
        raise ShapeError(f"a face has five landmarks (x, y), [5, 2], not {list(landmarks.shape)}")
    if not bool(torch.isfinite(landmarks).all()):
        raise FaceError(f"the landmarks of a face must be finite numbers, not {landmarks.tolist()}")
    eye_left, eye_right, _, mouth_left, mouth_right = landmarks.detach().double().cpu()
    eyes = (eye_left + eye_right) / 2
    ex, ey = (eye_right - eye_left).tolist()
    mx, my = ((mouth_left + mouth_right) / 2 - eyes).tolist()
    across, down = math.hypot(ex, ey), math.hypot(mx, my)
    if ex * my - ey * mx < _SLIMMEST * across * down or not across * down:
        points = [[round(number, 1) for number in point] for point in landmarks.tolist()]
        raise FaceError(
            "eyes and mouth lie on a line or are mirrored: give left eye, right eye, nose, left and right "
            f"mouth corner as seen in the picture, not {points}"
        )
    x, y = ex + my, ey - mx
    scale = max(frame.eyes * across, frame.mouth * down) / math.hypot(x, y)
    centre = (float(eyes[0]) + frame.down * mx, float(eyes[1]) + frame.down * my)
    return Alignment(centre, (x * scale, y * scale), picture_size)


def box_alignment(box: Box, picture_size: tuple[int, int]) -> Alignment:
    """A square of whole pixels as an alignment; its crop and its way back lose nothing.

    Raises:
        ShapeError: if the box is not square.
    """
    if box.height != box.width:
        raise ShapeError(f"an alignment is a square, not {box}")
    half = box.width / 2
    return Alignment((box.left + half, box.top + half), (half, 0.0), picture_size)


def apart(square: Alignment, other: Alignment) -> float:
    """How far the corners of two squares lie apart at most, in sides of the other."""
    x, y = (a - b for a, b in zip(square.centre, other.centre, strict=True))
    ax, ay = (a - b for a, b in zip(square.axis, other.axis, strict=True))
    corners = [(x + i * ax - j * ay, y + i * ay + j * ax) for i in (-1, 1) for j in (-1, 1)]
    return max(math.hypot(*corner) for corner in corners) / other.side


def align(picture: Tensor, alignment: Alignment, size: int) -> Tensor:
    """Cut the square out, upright, as one resampling.

    Args:
        picture: [B, C, H, W]; every sample is cut at the same place.
        alignment: where the square lies; its `picture_size` is the picture's.
        size: side of the crop in pixels.

    Returns:
        [B, C, size, size]. Over the picture's border it is mirrored and blurred, as in FFHQ. A square of
        whole pixels is the mean of areas that `resize_area` gives, or the very pixels where the sizes agree.

    Raises:
        ShapeError: if the picture has another size than the alignment's.
    """
    if picture.ndim != 4 or tuple(picture.shape[-2:]) != alignment.picture_size:
        raise ShapeError(
            f"the alignment belongs to a picture of {list(alignment.picture_size)}, not {list(picture.shape)}"
        )
    if alignment.box is not None:
        square = alignment.box.crop(picture)
        return square if square.shape[-1] == size else resize_area(square, size)
    crop = warp(picture, alignment.to_picture(size), Box(0, 0, size, size))
    outside = _outside(alignment, size).to(crop)
    if not outside.any():
        return crop
    blurred = resize_bilinear(resize_area(crop, min(_BLURRED, size)), size)
    return torch.where(outside > 0, crop.lerp(blurred, (outside / _BLUR_ONSET).clamp(max=1)), crop)


def _outside(alignment: Alignment, size: int) -> Tensor:
    """How far each pixel of the crop lies outside the picture, in sides of the square: [1, 1, size, size]."""
    a, b, c, d, e, f = alignment.to_picture(size)
    height, width = alignment.picture_size
    position = torch.arange(size, dtype=torch.float64) + 0.5
    x, y = a * position + b * position[:, None] + c, d * position + e * position[:, None] + f
    distance = torch.stack([-x, -y, x - width, y - height]).amax(dim=0)
    return distance.clamp(min=0)[None, None] / alignment.side
