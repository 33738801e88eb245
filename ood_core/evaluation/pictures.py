"""Real pictures, for which nobody knows the true edit: what can be known then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from ..bundle import Bundle
from ..editing import checked_strengths
from ..errors import ImageError
from ..files.pictures import load_image
from ..progress import Progress
from .benchmark import Report, need_torchmetrics
from .identity import Recogniser, recogniser_at_hand, same_person
from .methods import METHODS, Case, Outcome, checked_methods
from .metrics import VISIBLE, PooledPsnr, Share, kept_bits
from .report import edits_text
from .sets import Describe, features_at_hand, set_distances

_SHOWN = 12  # pictures on the contact sheet


class _Tally:
    """What one method kept of the pictures so far."""

    def __init__(self, describe: Describe | None, recognise: Recogniser | None) -> None:
        self._psnr = PooledPsnr()
        self._same, self._known, self._seconds = Share(), Share(), Share()
        self._features: tuple[list[Tensor], list[Tensor]] = ([], [])
        self._describe, self._recognise = describe, recognise

    def add(self, case: Case, outcome: Outcome) -> None:
        """Count one picture."""
        whole = outcome.picture.shape == case.picture.shape
        before = case.picture if whole else case.inverted.original
        mask = outcome.mask
        if mask is None:
            mask = case.faithful[0].change if whole else case.small_mask
        self._psnr.add(outcome.picture, before, mask <= VISIBLE)
        self._same.add(*kept_bits(outcome.picture, before, mask == 0))
        if self._describe is not None:
            for rows, picture in zip(self._features, (before, outcome.picture), strict=True):
                rows.append(self._describe(picture))
        if self._recognise is not None and (face := self._recognise(before)) is not None:
            self._known.add(same_person(face, self._recognise(outcome.picture)), 1)
        self._seconds.add(outcome.seconds or 0.0, 1)

    def figures(self) -> dict[str, float | None]:
        """Name → figure."""
        sets = {"fid": None, "kid": None}
        return {
            "psnr_outside": self._psnr.value,
            "identical_outside_mask": self._same.value,
            **(set_distances(*map(torch.cat, self._features)) if self._describe else sets),
            "identity": self._known.value,
            "seconds": self._seconds.value,
        }


@torch.no_grad()
def measure_pictures(
    paths: Sequence[Path],
    bundle: Bundle,
    edits: Mapping[str, float],
    methods: Sequence[str] = tuple(METHODS),
    refine: int = 0,
    progress: Progress | None = None,
) -> Report:
    """Edit the largest centred square of pictures with several methods, and say what was kept.

    Results at the bundle's resolution (`gan`, `poisson`) are compared with the square that was edited, at
    that resolution; the others with the whole picture.

    Args:
        paths: the pictures' files.
        bundle: on the CPU.
        edits: attribute → signed strength, the same for all.
        methods: of ``METHODS``.
        refine: steps by which descent brings inversions closer.
        progress: told after each picture.

    Returns:
        Figures: {"count", "bundle", "edits", "features", "methods": {method: {…}}}. ``psnr_outside`` (at most
        100 dB, pooled over all pixels) is over the pixels where the method's mask, or ours where it has none,
        is at most one half; ``identical_outside_mask`` is over those where it is 0. ``fid`` and ``kid``
        compare the set of inputs with the set of results, over the named features. ``identity`` is the share
        of the faces in which a recogniser still sees the same person. What is not at hand is None.

    Raises:
        AttributeNameError, StrengthError: if the edits do not fit the bundle.
        ImageError: if there is no picture, or one cannot be read.
        OodError: if a method is unknown, or torchmetrics is not installed.
    """
    need_torchmetrics()
    names = checked_methods(list(methods), tuple(METHODS))
    edits = checked_strengths(edits, bundle.attributes)
    if not paths:
        raise ImageError("there is no picture to measure")
    features, describe = features_at_hand(list(bundle.attributes))
    recognise = recogniser_at_hand()
    tallies = {name: _Tally(describe, recognise) for name in names}
    rows = []
    for done, path in enumerate(paths):
        case = Case(load_image(path), edits, bundle, refine=refine)
        outcomes = {name: METHODS[name](case) for name in names}
        for name, outcome in outcomes.items():
            tallies[name].add(case, outcome)
        if done < _SHOWN:
            rows.append((f"{path.name}: {edits_text(edits)}", {"input": case.picture}, outcomes))
        if progress is not None:
            progress(done + 1, len(paths), "measuring")
    methods_figures = {name: tally.figures() for name, tally in tallies.items()}
    about = {"count": len(paths), "bundle": bundle.name, "edits": dict(edits), "features": features}
    if refine:
        about["refine"] = refine
    return Report({**about, "methods": methods_figures}, rows)
