"""Ways in which an editor may have resized, cropped, framed, mirrored or turned a picture."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from .affine_fit import fit_affine, map_score
from .agreement import Structure, structure
from .filters import resize
from .geometry import affine, resizing
from .phase import phase_shifts

_COARSE = 128  # longer side at which ways are compared
_SMALLEST = 16
_ASPECT = 0.012  # a relative difference of aspect above which crops and frames are thought of
_TRIED = 3  # starts that are followed up in each way
_CLEAR = 0.75  # a score at which no other start is followed up
_SURE = 0.5  # a score at which no unusual way is tried
_UNUSUAL_GAIN = 0.12  # by which an unusual way must be better than the usual ones
_ZOOMS = (0.75, 0.87, 1.15, 1.33)


@dataclass(frozen=True)
class Way:
    """How T may have been made of I, up to a shift.

    Attributes:
        x, y: T's pixels per pixel of I.
        turns: quarter turns counter-clockwise that bring T upright, after mirroring.
        mirrored: whether T must be mirrored left to right first.
    """

    x: float
    y: float
    turns: int = 0
    mirrored: bool = False

    def upright(self, edited: Tensor) -> Tensor:
        """T [1,C,H,W] as this way wants it seen."""
        return torch.rot90(edited.flip(-1) if self.mirrored else edited, self.turns, (-2, -1))

    def to_edited(self, size: tuple[int, int]) -> Tensor:
        """From the pixels of the upright picture to those of T, whose (height, width) is ``size``."""
        height, width = size
        matrix = torch.eye(3, dtype=torch.float64)
        for _ in range(self.turns):  # one turn counter-clockwise: out(x, y) = in(width − 1 − y, x)
            matrix = matrix @ affine([[0, -1, width - 1], [1, 0, 0]])
            height, width = width, height
        if self.mirrored:
            matrix = affine([[-1, 0, size[1] - 1], [0, 1, 0]]) @ matrix
        return matrix


@dataclass(frozen=True, eq=False)
class Start:
    """A coarse registration.

    Attributes:
        way: how T was made.
        matrix: I's pixels → pixels of T as ``way`` makes it upright.
        score: see `agreement.score`.
    """

    way: Way
    matrix: Tensor
    score: float


def usual_ways(size: tuple[int, int], edited_size: tuple[int, int]) -> Iterator[Way]:
    """Stretched, fitted by width, fitted by height, and pixel by pixel."""
    y, x = edited_size[0] / size[0], edited_size[1] / size[1]
    yield Way(x, y)
    if abs(math.log(x / y)) > _ASPECT:
        yield Way(x, x)
        yield Way(y, y)
        if abs(math.log(max(x, y))) > 0.03 and abs(math.log(min(x, y))) > 0.03:
            yield Way(1.0, 1.0)


def unusual_ways(size: tuple[int, int], edited_size: tuple[int, int]) -> Iterator[Way]:
    """Zoomed far, mirrored, turned."""
    y, x = edited_size[0] / size[0], edited_size[1] / size[1]
    middle = math.sqrt(x * y)
    for zoom in _ZOOMS:
        yield Way(middle * zoom, middle * zoom)
    yield Way(x, y, mirrored=True)
    yield Way(x, y, turns=2)
    turned_y, turned_x = edited_size[1] / size[0], edited_size[0] / size[1]
    for turns in (1, 3):
        yield Way(turned_x, turned_y, turns=turns)


def find_start(grey: Tensor, edited_grey: Tensor) -> Start:
    """The best coarse registration of two luminances [1,1,H,W] in [0,1].

    Usual ways are tried first; unusual ones only where those find little, and they must be clearly better.
    """
    size, edited_size = _size(grey), _size(edited_grey)
    best = _best(grey, edited_grey, list(usual_ways(size, edited_size)))
    if best.score < _SURE:
        unusual = _best(grey, edited_grey, list(unusual_ways(size, edited_size)))
        if unusual.score > best.score + _UNUSUAL_GAIN:
            return unusual
    return best


def _best(grey: Tensor, edited_grey: Tensor, ways: list[Way]) -> Start:
    starts = [_start(grey, edited_grey, way) for way in ways]
    best = starts[0]
    for start in starts[1:]:
        if start.score > best.score + 0.02:  # ways listed first are likelier
            best = start
    return best


def _start(grey: Tensor, edited_grey: Tensor, way: Way) -> Start:
    upright = way.upright(edited_grey)
    small, target, to_small, to_upright = scaled_pair(grey, upright, way, _COARSE)
    tried = _shifts(small, target)
    rated = sorted(((map_score(small, target, shift), i) for i, shift in enumerate(tried)), reverse=True)
    best, best_score = tried[0], -1.0
    for _, i in rated[:_TRIED]:
        matrix = fit_affine(small, target, tried[i], 9, similar=True)
        found = map_score(small, target, matrix)
        if not 0.85 < abs(float(matrix[0, 0])) < 1.18:
            found *= 0.3  # other scales have ways of their own; this one was chased by the edit
        if found > best_score + 0.005:
            best, best_score = matrix, found
        if best_score > _CLEAR:
            break
    return Start(way, to_upright @ best @ to_small, best_score)


def scaled_pair(
    grey: Tensor, upright: Tensor, way: Way, side: int
) -> tuple[Structure, Structure, Tensor, Tensor]:
    """Both pictures at one scale, I's longer side at most ``side``.

    Returns:
        The structures of I and T there, the map from I to its small picture, and from T's small one to T.
    """
    size, edited_size = _size(grey), _size(upright)
    scale = min(1.0, side / max(size))
    small = (max(_SMALLEST, round(size[0] * scale)), max(_SMALLEST, round(size[1] * scale)))
    target = (
        max(_SMALLEST, round(edited_size[0] / way.y * scale)),
        max(_SMALLEST, round(edited_size[1] / way.x * scale)),
    )
    first, second = structure(resize(grey, small)), structure(resize(upright, target))
    return first, second, resizing(size, small), resizing(target, edited_size)


def _shifts(small: Structure, target: Structure) -> list[Tensor]:
    """Shifts to start from: none, the peaks of phase correlation, and those that align a border or centre."""
    height, width = min(small.size[0], target.size[0]), min(small.size[1], target.size[1])
    spare_y, spare_x = target.size[0] - small.size[0], target.size[1] - small.size[1]
    shifts: list[tuple[float, float]] = [
        (0, 0),
        *phase_shifts(small.feature[..., :height, :width], target.feature[..., :height, :width]),
    ]
    if spare_x or spare_y:
        shifts += [(spare_x / 2, spare_y / 2), (spare_x, spare_y)]
        centred = target.feature[..., max(0, spare_y // 2) :, max(0, spare_x // 2) :]
        height, width = min(height, centred.shape[-2]), min(width, centred.shape[-1])
        peaks = phase_shifts(small.feature[..., :height, :width], centred[..., :height, :width], 1)
        shifts += [(x + max(0, spare_x // 2), y + max(0, spare_y // 2)) for x, y in peaks]
    return [affine([[1, 0, float(x)], [0, 1, float(y)]]) for x, y in dict.fromkeys(shifts)]


def _size(picture: Tensor) -> tuple[int, int]:
    return picture.shape[-2], picture.shape[-1]
