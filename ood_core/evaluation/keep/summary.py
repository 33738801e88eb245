"""Many pairs' figures as a few: means, medians and worst cases, of all pairs and of groups of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from .drifts import EDITOR, RIGID, TONE
from .edits import NO_EDIT

Figures = Mapping[str, float | None]

INVISIBLE = 60.0
"""PSNR in dB beyond which two results are taken to be equally good."""


@dataclass(frozen=True)
class Row:
    """One pair and what every method came to on it.

    Attributes:
        index: of the pair.
        edit, drift, family: of what kind it is.
        held_out: whether both kinds are held out.
        share: of the picture that the true edit covers.
        methods: method → figure → value; see `metrics.figures_of`.
    """

    index: int
    edit: str
    drift: str
    family: str
    held_out: bool
    share: float
    methods: Mapping[str, Figures]


def summary(rows: Sequence[Row], method: str) -> dict[str, float | None]:
    """What one method comes to over pairs; None where nothing was measured.

    Returns:
        Of the masks of edited pairs "iou", "iou_median", "iou_above_0.9", "iou_below_0.5", "iou_worst", "ap";
        of unedited ones "empty" and "changed". As medians "psnr_outside", "psnr_inside", the same where only
        place or tone drifted ("psnr_inside_simple") and for the combined drifts ("psnr_inside_editors"); the
        worst, "psnr_inside_worst"; and the mean lag behind the bound for the combined drifts ("behind_bound",
        nothing above `INVISIBLE` counting). "identical"; "seam" and its worst; "registration" of rigid drifts
        and its worst; "worse", the share registered worse than not at all; "seconds", and "mebibytes" at
        most, per megapixel.
    """

    def values(name: str, chosen: Callable[[Row], bool] = lambda row: True) -> list[float]:
        found = [row.methods[method][name] for row in rows if chosen(row)]
        return [value for value in found if value is not None]

    ious, outside, rigid = values("iou"), values("psnr_outside"), values("registration", _rigid)
    return {
        "iou": _mean(ious),
        "iou_median": _median(ious),
        "iou_above_0.9": _mean([float(iou > 0.9) for iou in ious]),
        "iou_below_0.5": _mean([float(iou < 0.5) for iou in ious]),
        "iou_worst": min(ious, default=None),
        "ap": _mean(values("ap")),
        "empty": _mean(values("empty", _unedited)),
        "changed": _mean(values("changed", _unedited)),
        "psnr_outside": _median(outside),
        "identical": _mean(values("identical")),
        "psnr_inside": _median(values("psnr_inside")),
        "psnr_inside_worst": min(values("psnr_inside"), default=None),
        "psnr_inside_simple": _median(values("psnr_inside", _simple)),
        "psnr_inside_editors": _median(values("psnr_inside", _editors)),
        "behind_bound": _mean(_lags([row for row in rows if _editors(row)], method)),
        "seam": _mean(values("seam")),
        "seam_worst": max(values("seam"), default=None),
        "registration": _mean(rigid),
        "registration_worst": max(rigid, default=None),
        "worse": _mean(values("worse")),
        "seconds": _mean(values("seconds")),
        "mebibytes": max(values("mebibytes"), default=None),
    }


def by_group(rows: Sequence[Row], method: str, group: Callable[[Row], str]) -> dict[str, dict[str, Any]]:
    """Some of a method's figures for each group of pairs, and how many there are.

    Args:
        rows: pairs.
        method: which.
        group: names a pair's group.
    """
    shown = ("iou", "empty", "psnr_inside", "behind_bound", "identical", "seam", "registration", "worse")
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(group(row), []).append(row)
    made = {}
    for name, own in sorted(groups.items()):
        figures = summary(own, method) | {"behind_bound": _mean(_lags(own, method))}
        made[name] = {"pairs": len(own)} | {figure: figures[figure] for figure in shown}
    return made


def badness(row: Row, method: str) -> float:
    """How wrong a method was about a pair: what its mask lacks, or finds where nothing is; else the seam."""
    figures = row.methods[method]
    iou, changed, seam = figures["iou"], figures["changed"] or 0.0, figures["seam"] or 0.0
    wrong = (float(changed > 0) * 0.5 + changed) if iou is None else 1 - iou
    return wrong + 1e-3 * seam + (figures["worse"] or 0.0)


def _lags(rows: Sequence[Row], method: str) -> list[float]:
    both = [
        (row.methods.get("bound", {}).get("psnr_inside"), row.methods[method]["psnr_inside"]) for row in rows
    ]
    return [
        min(best, INVISIBLE) - min(own, INVISIBLE)
        for best, own in both
        if best is not None and own is not None
    ]


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None


def _median(values: Sequence[float]) -> float | None:
    return median(values) if values else None


def _unedited(row: Row) -> bool:
    return row.edit == NO_EDIT


def _rigid(row: Row) -> bool:
    return row.family == RIGID


def _simple(row: Row) -> bool:
    return row.family == TONE or row.drift in ("shift", "zoom", "turn")


def _editors(row: Row) -> bool:
    return row.family == EDITOR
