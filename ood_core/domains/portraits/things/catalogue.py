"""The list of things, and choosing among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from ....errors import OodError
from ..canvas import Canvas
from . import coverings, hands, headwear, markings, objects, walls
from .tools import Dice, Wearer

# From near the skin to near the camera: painted in this order.
_FRONT: dict[str, Callable[[Canvas, Wearer, Dice], None]] = {
    "tattoo": markings.draw_tattoo,
    "sticker": markings.draw_sticker,
    "earrings": headwear.draw_earrings,
    "face_mask": coverings.draw_face_mask,
    "scarf": coverings.draw_scarf,
    "beanie": headwear.draw_beanie,
    "cap": headwear.draw_cap,
    "hat": headwear.draw_hat,
    "headphones": headwear.draw_headphones,
    "flower": objects.draw_flower,
    "phone": objects.draw_phone,
    "cup": objects.draw_cup,
    "microphone": objects.draw_microphone,
    "hand_on_chin": hands.draw_hand_on_chin,
    "hand_over_mouth": hands.draw_hand_over_mouth,
    "waving_hand": hands.draw_waving_hand,
    "leaves": coverings.draw_leaves,
    "bars": coverings.draw_bars,
    "lettering": markings.draw_lettering,
}
_WALLS: dict[str, Callable[[Canvas, Dice], None]] = {
    "bokeh": walls.draw_bokeh,
    "bricks": walls.draw_bricks,
    "foliage": walls.draw_foliage,
    "stripes": walls.draw_stripes,
    "sky": walls.draw_sky,
    "books": walls.draw_books,
}
# At most one of each group is chosen: two hats on one head look like a mistake.
_GROUPS: tuple[tuple[str, ...], ...] = (
    ("beanie", "cap", "hat", "headphones"),
    ("phone", "cup", "microphone", "hand_on_chin", "hand_over_mouth", "waving_hand"),
    ("tattoo", "sticker", "earrings", "flower"),
    ("face_mask", "scarf", "leaves", "bars", "lettering"),
)

WALL_KINDS: tuple[str, ...] = tuple(_WALLS)
THING_KINDS: tuple[str, ...] = (*_FRONT, *_WALLS)

# Kept out of every training: the benchmark shows things that no network has seen. Some of each family.
HELD_OUT_KINDS: tuple[str, ...] = (
    "tattoo",
    "face_mask",
    "hat",
    "headphones",
    "cup",
    "microphone",
    "hand_over_mouth",
    "waving_hand",
    "bars",
    "bricks",
    "foliage",
    "books",
)
TRAINING_KINDS: tuple[str, ...] = tuple(kind for kind in THING_KINDS if kind not in HELD_OUT_KINDS)


@dataclass(frozen=True)
class Thing:
    """One thing: what it is, and the seed of its size, place and colours."""

    kind: str
    seed: int


def sample_things(
    count: int, generator: torch.Generator, kinds: Sequence[str] | None = None
) -> list[tuple[Thing, ...]]:
    """Choose things for each of ``count`` people: one or two in front, and half the time another wall behind.

    Args:
        count: number of people.
        generator: source of randomness.
        kinds: choose among these only (of ``THING_KINDS``); a single kind is then always present.

    Returns:
        One tuple of things a person, in the order in which they are painted.

    Raises:
        OodError: if a kind is unknown, or there is none to choose.
    """
    allowed = THING_KINDS if kinds is None else tuple(kinds)
    unknown = [kind for kind in allowed if kind not in THING_KINDS]
    if unknown or not allowed:
        raise OodError(f"no thing is called {unknown or 'nothing'}; known: {', '.join(THING_KINDS)}")
    return [_choose(allowed, generator) for _ in range(count)]


def _choose(allowed: tuple[str, ...], generator: torch.Generator) -> tuple[Thing, ...]:
    dice = Dice(_seed(generator))
    groups = [own for group in _GROUPS if (own := [kind for kind in group if kind in allowed])]
    backdrops = [kind for kind in _WALLS if kind in allowed]
    chosen: list[str] = []
    if groups:
        first = int(dice.uniform(0, len(groups)))
        chosen.append(dice.pick(groups[first]))
        if len(groups) > 1 and dice.uniform(0, 1) < 0.4:
            chosen.append(dice.pick(dice.pick(groups[:first] + groups[first + 1 :])))
    if backdrops and (not groups or dice.uniform(0, 1) < 0.5):
        chosen.append(dice.pick(backdrops))
    return tuple(Thing(kind, _seed(generator)) for kind in sorted(chosen, key=THING_KINDS.index))


def _seed(generator: torch.Generator) -> int:
    return int(torch.randint(2**31, (), generator=generator))


def draw_things(canvas: Canvas, wearer: Wearer, things: Sequence[Thing]) -> None:
    """Paint what is in front of one person onto a canvas of one picture."""
    for thing in things:
        if thing.kind in _FRONT:
            _FRONT[thing.kind](canvas, wearer, Dice(thing.seed))


def draw_wall(canvas: Canvas, things: Sequence[Thing]) -> None:
    """Paint the wall behind one person, if the things name one."""
    for thing in things:
        if thing.kind in _WALLS:
            _WALLS[thing.kind](canvas, Dice(thing.seed))
