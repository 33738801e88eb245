"""Pictures of several portraits, of any size and turn: what detectors are trained and measured on."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from ...images import resize_area
from .. import Crowd, Placing
from .canvas import blank
from .cutouts import Cutout, Spot, cut_out, paste
from .factors import sample_factors
from .things import THING_KINDS, TRAINING_KINDS, WALL_KINDS, Thing, draw_wall, sample_things

SIDE = 128
_ANYHOW = Placing()
_TRIES = 30
_CHUNK = 8
_SHARP = 256  # pixels at which portraits and walls are drawn at most; larger ones are enlarged
_FACE = 0.7  # share of a portrait that no other portrait may cover


def sample_crowd(
    count: int,
    size: tuple[int, int],
    random: torch.Generator,
    placing: Placing = _ANYHOW,
    kinds: Sequence[str] = THING_KINDS,
) -> Crowd:
    """Draw a picture of up to ``count`` people; where there is no room for all there are fewer.

    Half of them are cut out, half have the frame of a picture of their own; half have things before them.

    Args:
        count: of people.
        size: (height, width) in pixels.
        random: source of randomness.
        placing: sizes and turns.
        kinds: which things and walls may occur.
    """
    scene = sample_wall(size, random, kinds)
    people, things = sample_factors(count, random), sample_things(count, random, kinds)
    bare, framed = torch.rand(2, count, generator=random) < 0.5
    spots = scatter(count, size, random, placing)
    cutouts: list[Cutout] = []
    for index, spot in enumerate(spots):
        own = [() if bare[index] else things[index]]
        side = min(max(16, round(spot.side)), _SHARP)
        cutouts += cut_out(people[index : index + 1], own, framed[index : index + 1], side)
    return assemble(scene, cutouts, spots)


class Crowds:
    """Crowds out of portraits and walls that are drawn once: a hundred times faster than ``sample_crowd``."""

    def __init__(self, portraits: int, walls: int, random: torch.Generator) -> None:
        """Draw the portraits and walls; half of the portraits have things before them."""
        kinds = TRAINING_KINDS
        people, things = sample_factors(portraits, random), sample_things(portraits, random, kinds)
        bare, framed = torch.rand(2, portraits, generator=random) < 0.5
        own = [() if none else some for none, some in zip(bare, things, strict=True)]
        self._cutouts: list[Cutout] = []
        for start in range(0, portraits, _CHUNK):
            part = slice(start, start + _CHUNK)
            self._cutouts += cut_out(people[part], own[part], framed[part], SIDE)
        self._walls = [sample_wall((_SHARP, _SHARP), random, kinds) for _ in range(walls)]

    def sample(self, count: int, side: int, random: torch.Generator, placing: Placing) -> Crowd:
        """A square crowd of up to ``count`` people."""
        wall = self._walls[int(torch.randint(len(self._walls), (), generator=random))]
        top, left, part = (int(torch.randint(64, _SHARP // 2, (), generator=random)) for _ in range(3))
        scene = resize_area(wall[..., top : top + part, left : left + part], side)
        spots = scatter(count, (side, side), random, placing)
        chosen = torch.randint(len(self._cutouts), (len(spots),), generator=random)
        return assemble(scene, [self._cutouts[index] for index in chosen.tolist()], spots)


def scatter(count: int, size: tuple[int, int], random: torch.Generator, placing: Placing) -> list[Spot]:
    """Spots for portraits, the large ones first; none covers the middle of another."""
    low, high = math.log(placing.smallest), math.log(placing.largest)
    scales = (torch.rand(count, generator=random) * (high - low) + low).exp().sort(descending=True).values
    spots: list[Spot] = []
    for side in (scales * SIDE).tolist():
        for _ in range(_TRIES):
            spot = _sample_spot(side, size, random, placing.degrees)
            if not any(_meet(spot.box(), other.box(_FACE)) for other in spots):
                spots.append(spot)
                break
    return spots


def _sample_spot(side: float, size: tuple[int, int], random: torch.Generator, degrees: float) -> Spot:
    """A spot whose face lies within the picture, if it fits at all."""
    across, down, turn = torch.rand(3, generator=random).tolist()
    margin = min(_FACE / 2 * side, min(size) / 2)
    x, y = (margin + share * (length - 2 * margin) for share, length in ((across, size[1]), (down, size[0])))
    return Spot(x, y, side, math.radians(degrees) * (2 * turn - 1))


def _meet(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


@torch.no_grad()
def sample_wall(size: tuple[int, int], random: torch.Generator, kinds: Sequence[str]) -> Tensor:
    """A wall without people, [1, 3, H, W] in [0, 1]: one of the kinds, now and then a plain one."""
    seed = int(torch.randint(2**31, (), generator=random))
    top, bottom = torch.rand(2, 1, 3, 1, 1, generator=random)
    walls = [kind for kind in kinds if kind in WALL_KINDS]
    side = max(size)
    canvas = blank(1, min(side, _SHARP), torch.zeros(1, 1, 1, 1))
    canvas.paint(torch.lerp(top, bottom, canvas.y / 1.64 + 0.5), torch.ones_like(canvas.rgba[:, 3:]))
    if walls and seed % 5:
        draw_wall(canvas, [Thing(walls[seed % len(walls)], seed)])
    return resize_area(canvas.rgba[:, :3], side)[..., : size[0], : size[1]].clamp(0, 1).contiguous()


def assemble(scene: Tensor, cutouts: Sequence[Cutout], spots: Sequence[Spot]) -> Crowd:
    """Paste portraits onto a scene [1, 3, H, W] in [0, 1], which is changed."""
    pasted = [paste(scene, cutout, spot) for cutout, spot in zip(cutouts, spots, strict=True)]
    return Crowd(
        image=scene.clamp_(0, 1) * 2 - 1,
        boxes=torch.stack([box for box, _ in pasted]) if pasted else torch.zeros(0, 4),
        landmarks=torch.stack([points for _, points in pasted]) if pasted else torch.zeros(0, 5, 2),
        scales=torch.tensor([spot.side / SIDE for spot in spots]),
        angles=torch.tensor([math.degrees(spot.angle) for spot in spots]),
    )
