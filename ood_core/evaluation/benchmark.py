"""The benchmark: every method on every sample, from the same latents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from ..bundle import Bundle
from ..errors import OodError
from ..progress import Progress
from .disturbed import disturbed
from .judge import Judge, judged, shipped_judge
from .judgement import Amounts, JudgedFigures
from .judges.at_hand import lpips_at_hand
from .methods import ABLATIONS, BOUNDS, METHODS, Case, Outcome, checked_methods
from .metrics import PixelFigures, Share
from .report import edits_text
from .samples import Sample, draw_sample, known_attributes
from .textured import textured

COMPARED = (*METHODS, *BOUNDS)
KNOWN = (*COMPARED, *ABLATIONS)

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
    "held_back",
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
        rows: of the contact sheet, the largest error first; see `report.sheet`.
    """

    figures: dict[str, Any]
    rows: list[tuple[str, dict[str, Tensor], dict[str, Outcome]]]


class _Tally:
    """One method's figures so far."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.pixels = PixelFigures()
        self.judged = JudgedFigures()
        self.network, self.lpips = lpips_at_hand(), Share()
        self.seconds, self.held_back = Share(), Share()

    def add(self, outcome: Outcome, case: Case, sample: Sample, read: tuple[Amounts, Amounts]) -> None:
        mask = case.faithful[0].change if outcome.mask is None else outcome.mask
        self.pixels.add(outcome.picture, outcome.mask, mask == 0, sample)
        self.judged.add(sample.edits, *read, judged(self.judge, outcome.picture))
        if self.network is not None:
            self.lpips.add(float(self.network(outcome.picture, sample.target)), 1)
        if outcome.held_back is not None:
            self.held_back.add(outcome.held_back, 1)
        if outcome.seconds is not None:
            self.seconds.add(outcome.seconds, 1)

    def figures(self) -> dict[str, float | None]:
        found = self.pixels.figures() | self.judged.figures()
        found["lpips"] = self.lpips.value
        found["held_back"], found["seconds"] = self.held_back.value, self.seconds.value
        return {name: found[name] for name in FIGURES}


@torch.no_grad()
def run_benchmark(
    bundle: Bundle,
    count: int,
    seed: int,
    methods: Sequence[str] = COMPARED,
    inversion: float | None = None,
    textures: Tensor | None = None,
    refine: int = 0,
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
        methods: of ``KNOWN``.
        inversion: PSNR in dB to which inversions are made worse, where they are better; None leaves them.
        textures: photographs that stand behind and before people, [N, 3, R, R]; None for drawn things alone.
        refine: steps by which descent brings inversions closer.
        progress: told after each sample.

    Raises:
        OodError: if a method is unknown, or torchmetrics is not installed.
        BundleError: if the domain draws none of the bundle's attributes.
    """
    need_torchmetrics()
    names = checked_methods(list(methods), KNOWN)
    attributes = known_attributes(list(bundle.attributes))
    judge = shipped_judge()
    tallies = {name: _Tally(judge) for name in names}
    ranked_by = "faithful" if "faithful" in names else names[0]
    errors = []

    def draw(index: int) -> tuple[Sample, Case]:
        sample = draw_sample(seed, index, attributes, bundle.resolution)
        if textures is not None:
            sample = textured(sample, textures, torch.Generator().manual_seed(seed * 999_983 + index))
        if inversion is None:
            return sample, Case(sample.source, sample.edits, bundle, refine=refine)
        random = torch.Generator().manual_seed(seed * 1_000_003 + index)
        worsened = partial(disturbed, sample=sample, level=inversion, random=random)
        return sample, Case(sample.source, sample.edits, bundle, worsened, refine)

    for index in range(count):
        sample, case = draw(index)
        read = judged(judge, sample.source), judged(judge, sample.target)
        outcomes = _outcomes(names, case, sample)
        for name, outcome in outcomes.items():
            tallies[name].add(outcome, case, sample, read)
        errors.append(float((outcomes[ranked_by].picture - sample.target).square().mean()))
        if progress is not None:
            progress(index + 1, count, "bench")
    worst = [draw(index) for index in sorted(range(count), key=lambda index: -errors[index])[:_SHOWN]]
    figures = {name: tally.figures() for name, tally in tallies.items()}
    worse = {} if inversion is None else {"inversion": inversion}
    refined = {"refine": refine} if refine else {}
    return Report(
        {"count": count, "seed": seed, "bundle": bundle.name, **worse, **refined, "methods": figures},
        [_row(sample, _outcomes(names, case, sample)) for sample, case in worst],
    )


def _row(sample: Sample, outcomes: dict[str, Outcome]) -> tuple[str, dict[str, Tensor], dict[str, Outcome]]:
    there = {"input": sample.source, "true edit": sample.target, "true change": sample.change}
    return edits_text(sample.edits), there, outcomes


def _outcomes(names: Sequence[str], case: Case, sample: Sample) -> dict[str, Outcome]:
    alone = METHODS | ABLATIONS
    return {name: alone[name](case) if name in alone else BOUNDS[name](case, sample) for name in names}


def need_torchmetrics() -> None:
    """Refuse to measure without torchmetrics. Raises OodError, naming the extra."""
    try:
        import torchmetrics  # noqa: F401
    except ModuleNotFoundError:
        raise OodError('the benchmark needs torchmetrics: pip install "ood-editing[eval]"') from None
