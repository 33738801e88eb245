"""What is compared: ways to edit a picture, from the same latents, and two bounds that know the truth."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import torch
from torch import Tensor

from ..alignment import centred
from ..bundle import Bundle
from ..errors import OodError
from ..inversion import inverter_of
from ..modes import PAPER
from ..pipeline import edit_inverted
from ..results import Edit
from ..sources import Inverted, invert, move
from .poisson import poisson_blend
from .samples import Sample

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a method made of a sample.

    Attributes:
        picture: [1, 3, H, W] in [-1, 1], of the input's size; `gan` and `poisson` work at the bundle's.
        mask: the method's own, of the picture's size, [1, 1, H, W] in [0, 1]; None where it has none.
        seconds: from the picture to the result, inversion included; None for what needs the truth.
        held_back: share of the edit that the method says it left out; None where it says nothing.
    """

    picture: Tensor
    mask: Tensor | None
    seconds: float | None
    held_back: float | None = None


class Case:
    """A picture and an edit, inverted once for all methods; what several of them need is made once, too.

    Args:
        picture: [1, 3, H, W] in [-1, 1].
        edits: attribute → signed strength.
        bundle: whose networks are measured.
        worsened: what becomes of the inversion before anything is made of it; None leaves it.
        refine: steps by which descent brings the inversion closer.
    """

    def __init__(
        self,
        picture: Tensor,
        edits: Mapping[str, float],
        bundle: Bundle,
        worsened: Callable[[Inverted], Inverted] | None = None,
        refine: int = 0,
    ) -> None:
        self.picture = picture
        self.edits = edits
        self.bundle = bundle
        inverter = inverter_of(bundle.encoder, refine)
        inverted, self.inversion_seconds = timed(lambda: invert(centred(picture), bundle, inverter))
        self.inverted = inverted if worsened is None else worsened(inverted)

    @cached_property
    def faithful(self) -> tuple[Edit, float]:
        """Our edit, and its seconds without inversion."""
        return timed(lambda: edit_inverted(self.inverted, self.edits))

    @cached_property
    def edited(self) -> tuple[Tensor, float]:
        """T, the GAN's own edited picture, [1, 3, R, R] in [-1, 1], and its seconds without inversion."""
        return timed(self._edited)

    @property
    def small_mask(self) -> Tensor:
        """Our mask at the bundle's resolution, [1, 1, R, R] in [0, 1]."""
        size = (self.bundle.resolution, self.bundle.resolution)
        return self.inverted.crops[0].cut_from(self.faithful[0].change, size)

    @torch.no_grad()
    def _edited(self) -> Tensor:
        latents = move(self.inverted.latents, self.bundle, self.edits, {})
        return self.bundle.generator.synthesis(latents).clamp(-1, 1)


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """A result, and the seconds it took."""
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def gan(case: Case) -> Outcome:
    """The plain edited image T."""
    edited, seconds = case.edited
    return Outcome(edited, None, case.inversion_seconds + seconds)


def copy(case: Case) -> Outcome:
    """The input unchanged."""
    return Outcome(case.picture, None, 0.0)


def paper(case: Case) -> Outcome:
    """The published pipeline: its own mask, not folded at inference, and the network's word everywhere."""
    result, seconds = timed(lambda: edit_inverted(case.inverted, case.edits, PAPER))
    return Outcome(result.result.clamp(-1, 1), result.change, case.inversion_seconds + seconds)


def poisson(case: Case) -> Outcome:
    """T blended into the input by its gradients, wherever our mask is not zero.

    The edit's gradients need ground that the edit leaves alone around them, which a mask that ends where the
    change does lacks: over a region grown by 4 pixels of 128, 28 samples came 2.4 dB nearer to the truth
    inside the change and went 7.6 dB away from it outside. Its seconds count the whole run that gives the
    mask.
    """
    seconds, original = case.faithful[1], case.inverted.original
    mask = case.small_mask
    blended, more = timed(lambda: poisson_blend(original, case.edited[0], mask > 0))
    return Outcome(blended, mask, case.inversion_seconds + seconds + more)


def faithful(case: Case) -> Outcome:
    """Ours."""
    return _ours(case, *case.faithful)


def measured(case: Case) -> Outcome:
    """Ablation: the mask measured from differences of colour."""
    settings = case.bundle.mask_settings
    return _ours(case, *timed(lambda: edit_inverted(case.inverted, case.edits, settings=settings)))


def _ours(case: Case, result: Edit, seconds: float) -> Outcome:
    held_back = float(result.held_back.mean())
    return Outcome(result.result, result.change, case.inversion_seconds + seconds, held_back)


def true_mask(case: Case, sample: Sample) -> Outcome:
    """Bound: T inside the true change, composited and deghosted as ours does."""
    result = edit_inverted(case.inverted, case.edits, mask=sample.change)
    return Outcome(result.result, sample.change, None)


def ideal(case: Case, sample: Sample) -> Outcome:
    """Bound: the best that any mask could do with this T.

    M* = ⟨F* − I, T − I⟩ / |T − I|², clamped to [0, 1], brings each pixel of M·T + (1−M)·I as near as possible
    to the true edit F*. Nothing made of I and T by a mask alone is better; matched colours or a network may
    be.
    """
    step = case.edited[0] - sample.source
    along = ((sample.target - sample.source) * step).sum(dim=1, keepdim=True)
    mask = (along / step.square().sum(dim=1, keepdim=True).clamp_min(1e-12)).clamp(0, 1)
    return Outcome(torch.where(mask > 0, sample.source + mask * step, sample.source), mask, None)


METHODS: dict[str, Callable[[Case], Outcome]] = {
    "gan": gan,
    "copy": copy,
    "paper": paper,
    "poisson": poisson,
    "faithful": faithful,
}
ABLATIONS: dict[str, Callable[[Case], Outcome]] = {"measured": measured}
"""Ours without the decomposer: compared by name only."""
BOUNDS: dict[str, Callable[[Case, Sample], Outcome]] = {"true-mask": true_mask, "ideal": ideal}


def checked_methods(names: list[str], known: Sequence[str]) -> list[str]:
    """The names, if each is known and none is given twice.

    Raises:
        OodError: naming the first that is not, and the known ones.
    """
    for name in names:
        if name not in known:
            raise OodError(f"there is no method '{name}' to compare here; known: {', '.join(known)}")
    if not names or len(set(names)) < len(names):
        raise OodError(f"name at least one method, and each once, not '{','.join(names)}'")
    return names
