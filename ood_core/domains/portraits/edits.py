"""True edits: the same person, among the same things, before and after one attribute changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ...errors import AttributeNameError
from .factors import ATTRIBUTES, FACTOR_NAMES, sample_factors
from .renderer import render
from .scenes import compose, draw_layers
from .things import TRAINING_KINDS, Thing, sample_things

FAINT = 2 / 255
PLAIN = 12 / 255


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


def visible_change(source: Tensor, target: Tensor) -> Tensor:
    """Where two pictures differ to the eye.

    The largest difference of the three channels, on a scale where black to white is 1: 0 up to ``FAINT`` (2
    of 255 grey levels), 1 from ``PLAIN`` (12 levels), linear between. Where a thing hides the edit it is 0.

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
        AttributeNameError: if there is no such attribute; the text lists the known ones.
    """
    factors, target_factors, indices, signs = _sample_pair(count, generator, attribute)
    own = sample_things(count, generator) if things else [()] * count
    drawn = draw_pair(factors, target_factors, own, resolution)
    return EditSample(*drawn, factors, target_factors, indices, signs)


@torch.no_grad()
def draw_pair(
    before: Tensor, after: Tensor, things: Sequence[Sequence[Thing]], resolution: int = 128
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Draw people among things, and the same after their factors changed.

    Args:
        before, after: factors, [B, K].
        things: the things of each person, from ``sample_things``.
        resolution: R.

    Returns:
        Source and target, equal to the bit where nothing visibly changed; the change mask; the things mask:
        see ``EditSample``.
    """
    layers = draw_layers(before, things, resolution)
    source, seen = compose(render(before, resolution), layers)
    target, _ = compose(render(after, resolution), layers)
    change = visible_change(source, target)
    return source, torch.where(change > 0, target, source), change, seen


def draw_pair_among_things(
    before: Tensor, after: Tensor, generator: torch.Generator, resolution: int = 128
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """As `draw_pair`, among things of the kinds that networks may be trained with."""
    return draw_pair(before, after, sample_things(len(before), generator, TRAINING_KINDS), resolution)


def _sample_pair(
    count: int, generator: torch.Generator, attribute: str | None
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    people = sample_factors(count, generator)
    indices = torch.randint(len(ATTRIBUTES), (count,), generator=generator)
    if attribute is not None:
        indices.fill_(_attribute_index(attribute))
    signs = torch.randint(2, (count,), generator=generator) * 2 - 1
    absent = torch.rand(count, generator=generator) * 0.1
    present = 0.8 + torch.rand(count, generator=generator) * 0.2
    before = _with_attributes(people, indices, torch.where(signs > 0, absent, present))
    after = _with_attributes(people, indices, torch.where(signs > 0, present, absent))
    return before, after, indices, signs


def _attribute_index(name: str) -> int:
    if name not in ATTRIBUTES:
        raise AttributeNameError(f"portraits have no attribute {name!r}; known: {', '.join(ATTRIBUTES)}")
    return ATTRIBUTES.index(name)


def _with_attributes(factors: Tensor, indices: Tensor, values: Tensor) -> Tensor:
    changed = factors.clone()
    columns = indices + FACTOR_NAMES.index(ATTRIBUTES[0])
    changed[torch.arange(len(factors)), columns] = values
    return changed
