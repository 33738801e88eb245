"""What the benchmark shows: people and things that no network has seen, each with the true edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..domains import portraits
from ..errors import BundleError

ABSENT, PRESENT = 0.05, 0.85
"""An attribute's factor before it is added, and before it is removed; strength 1 goes all the way."""
STRENGTHS = (0.5, 0.75, 1.0, 1.15)
_TOGETHER = (1, 1, 2, 1, 3)  # how many attributes are edited at once, sample after sample


@dataclass(frozen=True, eq=False)
class Sample:
    """A picture, an edit, and the right answer.

    Attributes:
        source, target: before and after the true edit, [1, 3, R, R] in [-1, 1].
        change: how visible the true change is, [1, 1, R, R] in [0, 1]; see `portraits.visible_change`.
        things: where things cover the person or the plain wall, [1, 1, R, R] in [0, 1].
        edits: attribute → signed strength.
    """

    source: Tensor
    target: Tensor
    change: Tensor
    things: Tensor
    edits: Mapping[str, float]


def true_value(strength: float) -> float:
    """What an edit of a signed strength makes of the factor of an attribute.

    A positive strength starts at ``ABSENT``, a negative one at ``PRESENT``, and strength ±1 goes the whole
    way between them; others go that share of it, as far as the renderer's range [0, 1] reaches. A bundle's
    directions are defined alike: strength 1.0 moves latents as far as the whole way does on average
    (`training.directions.edit_length`), and the generator was trained on the factor itself, so a share of the
    direction stands for the same share of the factor.
    """
    start = ABSENT if strength > 0 else PRESENT
    return min(1.0, max(0.0, start + strength * (PRESENT - ABSENT)))


def known_attributes(attributes: Sequence[str]) -> tuple[str, ...]:
    """Those of a bundle's attributes that can be drawn, in the domain's order.

    Raises:
        BundleError: if there is none.
    """
    known = tuple(name for name in portraits.ATTRIBUTES if name in attributes)
    if not known:
        raise BundleError(
            f"this bundle edits {', '.join(attributes)}, none of which can be drawn "
            f"({', '.join(portraits.ATTRIBUTES)}): measure it on a folder of pictures instead"
        )
    return known


@torch.no_grad()
def draw_sample(seed: int, index: int, attributes: Sequence[str], resolution: int) -> Sample:
    """Draw sample ``index`` of a seed, whatever the number of samples.

    One after the other, the attributes take their turn, first added and then removed; two or three are edited
    at once in two samples of five, the further ones at random. Strengths are drawn from ``STRENGTHS``. Things
    are of the kinds held out of every training.

    Args:
        seed: at least 1; trainings draw their people from other numbers.
        index: which sample.
        attributes: those that may be edited, of `portraits.ATTRIBUTES`.
        resolution: R.
    """
    random = torch.Generator().manual_seed(seed * 1_000_003 + index)
    edits = _draw_edits(index, attributes, random)
    before = after = portraits.sample_factors(1, random)
    for name, strength in edits.items():
        before = portraits.set_attribute(before, name, ABSENT if strength > 0 else PRESENT)
        after = portraits.set_attribute(after, name, true_value(strength))
    things = portraits.sample_things(1, random, portraits.HELD_OUT_KINDS)
    return Sample(*portraits.draw_pair(before, after, things, resolution), edits)


def _draw_edits(index: int, attributes: Sequence[str], random: torch.Generator) -> dict[str, float]:
    count = len(attributes)
    turn, round_ = index % count, index // count
    others = torch.randperm(count, generator=random).tolist()
    names = [attributes[turn], *(attributes[other] for other in others if other != turn)]
    names = names[: _TOGETHER[round_ % len(_TOGETHER)]]
    edits = {}
    for place, name in enumerate(names):
        strength = STRENGTHS[int(torch.randint(len(STRENGTHS), (), generator=random))]
        added = bool(torch.randint(2, (), generator=random)) if place else round_ % 2 == 0
        edits[name] = strength if added else -strength
    return edits
