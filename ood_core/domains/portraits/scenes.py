"""People among things, and true edits of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ...errors import ShapeError
from .anatomy import TILT, measure
from .canvas import blank
from .colours import colours_of
from .factors import ATTRIBUTES, FACTOR_NAMES, People, factor_index, sample_factors
from .renderer import Rendering, finish, render
from .things import Thing, draw_things, draw_wall, sample_things
from .things.tools import Wearer

FAINT = 2 / 255
PLAIN = 12 / 255


@dataclass(frozen=True)
class Layers:
    """Things for B people at one resolution, premultiplied colour and coverage, each [B, 4, R, R]."""

    front: Tensor
    wall: Tensor


@dataclass(frozen=True)
class EditSample:
    """Pictures before and after a true edit.

    Attributes:
        source, target: [B, 3, R, R] in [-1, 1]; equal to the bit where ``change_mask`` is 0.
        change_mask: where the edit is seen, [B, 1, R, R]; see ``visible_change``.
        things_mask: where things cover the person or the plain wall, [B, 1, R, R].
        factors, target_factors: of the people in the two pictures, [B, K].
        attributes: which attribute is edited, index into ``ATTRIBUTES``, [B].
        signs: +1 where it appears, -1 where it vanishes, [B].
    """

    source: Tensor
    target: Tensor
    change_mask: Tensor
    things_mask: Tensor
    factors: Tensor
    target_factors: Tensor
    attributes: Tensor
    signs: Tensor


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
    wall, walled = layers.wall[:, :3], layers.wall[:, 3:]
    front, covered = layers.front[:, :3], layers.front[:, 3:]
    backdrop = wall + (1 - walled) * drawn.backdrop
    person = front + (1 - covered) * drawn.person
    alpha = covered + (1 - covered) * drawn.alpha
    seen = covered + (1 - alpha) * walled
    return finish(person, alpha, backdrop, drawn.light), seen.clamp_(0, 1)


def visible_change(source: Tensor, target: Tensor) -> Tensor:
    """Where two pictures differ to the eye.

    The largest difference of the three channels, on a scale where black to white is 1: 0 up to ``FAINT`` (2
    of 255 grey levels), 1 from ``PLAIN`` (12 levels), linear between. Where something opaque hides the edit, 0.

    Args:
        source, target: [B, 3, R, R] in [-1, 1].

    Returns:
        [B, 1, R, R] in [0, 1].
    """
    difference = (target - source).abs().amax(1, keepdim=True) / 2
    return ((difference - FAINT) / (PLAIN - FAINT)).clamp_(0, 1)


@torch.no_grad()
def sample_edit(
    count: int,
    generator: torch.Generator,
    attribute: str | None = None,
    resolution: int = 128,
    things: bool = True,
) -> EditSample:
    """Draw people before and after an edit of one attribute, among the same things.

    Args:
        count: number of pairs, B.
        generator: source of randomness.
        attribute: which one is edited; drawn anew for each pair if None.
        resolution: R.
        things: whether there are out-of-domain things in the pictures.

    Raises:
        AttributeNameError: if there is no such factor.
    """
    base = sample_factors(count, generator)
    indices = torch.randint(len(ATTRIBUTES), (count,), generator=generator)
    if attribute is not None:
        indices.fill_(factor_index(attribute) - factor_index(ATTRIBUTES[0]))
    signs = torch.randint(2, (count,), generator=generator) * 2 - 1
    absent = torch.rand(count, generator=generator) * 0.1
    present = 0.8 + torch.rand(count, generator=generator) * 0.2
    factors = _with_attributes(base, indices, torch.where(signs > 0, absent, present))
    target_factors = _with_attributes(base, indices, torch.where(signs > 0, present, absent))
    own = sample_things(count, generator) if things else [()] * count
    layers = draw_layers(factors, own, resolution)
    source, seen = compose(render(factors, resolution), layers)
    target, _ = compose(render(target_factors, resolution), layers)
    change = visible_change(source, target)
    target = torch.where(change > 0, target, source)
    return EditSample(source, target, change, seen, factors, target_factors, indices, signs)


def _with_attributes(factors: Tensor, indices: Tensor, values: Tensor) -> Tensor:
    changed = factors.clone()
    columns = indices + FACTOR_NAMES.index(ATTRIBUTES[0])
    changed[torch.arange(len(factors)), columns] = values
    return changed
