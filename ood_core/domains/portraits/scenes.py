"""People among things: the same person may stand before another wall and behind a microphone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ...errors import ShapeError
from .anatomy import TILT, measure
from .canvas import blank
from .colours import colours_of
from .factors import ATTRIBUTES, People, factor_index
from .renderer import Rendering, finish, render
from .things import TRAINING_KINDS, Thing, draw_things, draw_wall, sample_things
from .things.tools import Wearer


@dataclass(frozen=True)
class Layers:
    """Things for B people at one resolution, premultiplied colour and coverage, each [B, 4, R, R]."""

    front: Tensor
    wall: Tensor


@torch.no_grad()
def render_scene(factors: Tensor, things: Sequence[Sequence[Thing]], resolution: int = 128) -> Tensor:
    """Portraits with things in front of and behind the people.

    Args:
        factors: [B, K].
        things: the things of each person, from ``sample_things``.
        resolution: R.

    Returns:
        [B, 3, R, R] in [-1, 1].
    """
    return compose(render(factors, resolution), draw_layers(factors, things, resolution))[0]


@torch.no_grad()
def render_among_things(
    factors: Tensor, generator: torch.Generator, resolution: int = 128
) -> tuple[Tensor, Tensor]:
    """Portraits with things of the kinds that networks may be trained with.

    Args:
        factors: [B, K].
        generator: source of randomness.
        resolution: R.

    Returns:
        [B, 3, R, R] in [-1, 1], and where things are seen, [B, 1, R, R] in [0, 1].
    """
    things = sample_things(len(factors), generator, TRAINING_KINDS)
    return compose(render(factors, resolution), draw_layers(factors, things, resolution))


def draw_layers(factors: Tensor, things: Sequence[Sequence[Thing]], resolution: int) -> Layers:
    """Paint the things alone. They fit the people, but do not depend on any attribute.

    Raises:
        ShapeError: if there is not one sequence of things a person.
    """
    if len(things) != factors.shape[0]:
        raise ShapeError(f"{factors.shape[0]} people, but things for {len(things)}")
    plain = factors.float().cpu().clone()
    plain[:, [factor_index(name) for name in ATTRIBUTES]] = 0
    front, wall = [], []
    for person, own in zip(plain.split(1), things, strict=True):
        people = People(person)
        before, behind = (blank(1, resolution, TILT * people["tilt"]) for _ in range(2))
        draw_things(before, Wearer(measure(people), colours_of(people)), own)
        draw_wall(behind, own)
        front.append(before.rgba)
        wall.append(behind.rgba)
    return Layers(torch.cat(front).to(factors.device), torch.cat(wall).to(factors.device))


def compose(drawn: Rendering, layers: Layers) -> tuple[Tensor, Tensor]:
    """Put people between things.

    Returns:
        The picture, [B, 3, R, R] in [-1, 1], and where things are seen, [B, 1, R, R] in [0, 1].
    """
    person, alpha, backdrop = put_among(drawn, layers)
    seen = layers.front[:, 3:] + (1 - alpha) * layers.wall[:, 3:]
    return finish(person, alpha, backdrop, drawn.light), seen.clamp_(0, 1)


def put_among(drawn: Rendering, layers: Layers) -> tuple[Tensor, Tensor, Tensor]:
    """People behind what is in front, premultiplied, their coverage, and the wall behind, all in [0, 1]."""
    front, covered = layers.front[:, :3], layers.front[:, 3:]
    backdrop = layers.wall[:, :3] + (1 - layers.wall[:, 3:]) * drawn.backdrop
    return front + (1 - covered) * drawn.person, covered + (1 - covered) * drawn.alpha, backdrop
