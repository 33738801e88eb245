"""The benchmark: every method on every sample, from the same latents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..bundle import Bundle
from ..errors import OodError
from .methods import METHODS, Case, Outcome, checked_methods
from .metrics import PixelFigures
from .samples import Sample, draw_sample, known_attributes

Progress = Callable[[int, int, str], None]
"""Called as (done, total, note) after each sample."""

FIGURES = (
    "psnr",
    "psnr_inside",
    "psnr_outside",
    "ssim",
    "ssim_inside",
    "ssim_outside",
    "lpips",
    "identical_outside_mask",
    "mask_iou",
    "mask_ap",
    "attribute_success",
    "leakage",
    "ghost_energy",
    "seconds",
)
"""What is measured, in the order of the report."""

_SHOWN = 12  # samples on the contact sheet


@dataclass(frozen=True)
class Report:
    """What the benchmark found.

    Attributes:
        figures: {"count", "seed", "bundle", "methods": {method: {figure: number or None}}}; dB, fractions,
            seconds.
        worst: samples with every method's outcome, the largest error first.
    """

    figures: dict[str, Any]
    worst: list[tuple[Sample, dict[str, Outcome]]]


class _Tally:
    """One method's figures so far."""

    def __init__(self) -> None:
        self.pixels = PixelFigures()
        self.seconds: list[float] = []

    def add(self, outcome: Outcome, kept: Tensor, sample: Sample) -> None:
        self.pixels.add(outcome.picture, outcome.mask, kept, sample)
        if outcome.seconds is not None:
            self.seconds.append(outcome.seconds)

    def figures(self) -> dict[str, float | None]:
        seconds = sum(self.seconds) / len(self.seconds) if self.seconds else None
        found = {**self.pixels.figures(), "seconds": seconds}
        return {name: found.get(name) for name in FIGURES}


@torch.no_grad()
def run_benchmark(
    bundle: Bundle,
    count: int,
    seed: int,
    methods: Sequence[str] = tuple(METHODS),
    progress: Progress | None = None,
) -> Report:
    """Measure methods against true edits.

    Every pixel figure pools the pixels of all samples: PSNR is that of the mean squared error over all of
    them, at most 100 dB. "Inside" is where the true change exceeds one half, "outside" is the rest. Bits are
    compared where the method's own mask is 0, or where ours is for a method without one.

    Args:
        bundle: whose networks are measured, on the CPU.
        count: number of samples.
        seed: of people, things and edits.
        methods: of ``METHODS``.
        progress: told after each sample.

    Raises:
        OodError: if a method is unknown, or torchmetrics is not installed.
        BundleError: if the domain draws none of the bundle's attributes.
    """
    _need_torchmetrics()
    names = checked_methods(list(methods))
    attributes = known_attributes(list(bundle.attributes))
    tallies = {name: _Tally() for name in names}
    judged_by = "faithful" if "faithful" in names else names[0]
    errors = []
    for index in range(count):
        case = Case(draw_sample(seed, index, attributes, bundle.resolution), bundle)
        for name in names:
            outcome = METHODS[name](case)
            mask = case.faithful[0].mask if outcome.mask is None else outcome.mask
            tallies[name].add(outcome, mask == 0, case.sample)
            if name == judged_by:
                errors.append(float((outcome.picture - case.sample.target).square().mean()))
        if progress is not None:
            progress(index + 1, count, "bench")
    worst = sorted(range(count), key=lambda index: -errors[index])[:_SHOWN]
    cases = [Case(draw_sample(seed, index, attributes, bundle.resolution), bundle) for index in worst]
    return Report(
        {
            "count": count,
            "seed": seed,
            "bundle": bundle.name,
            "methods": {name: tally.figures() for name, tally in tallies.items()},
        },
        [(case.sample, {name: METHODS[name](case) for name in names}) for case in cases],
    )


def _need_torchmetrics() -> None:
    try:
        import torchmetrics  # noqa: F401
    except ModuleNotFoundError:
        raise OodError('the benchmark needs torchmetrics: pip install "ood-editing[eval]"') from None
