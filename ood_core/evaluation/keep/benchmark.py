"""The benchmark of *keep*: every method on every pair, and the worst pairs to look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from ..benchmark import need_torchmetrics
from .methods import METHODS, TOLD_THE_TRUTH, Outcome, run_method
from .metrics import figures_of
from .pairs import KeepPair, PairSource
from .repeated import repeated_edits
from .summary import Row, badness, by_group, summary

Progress = Callable[[int, int, str], None]
"""Called as (done, total, note) after each pair."""

SHOWN = 20
"""Pairs on the contact sheet."""

_OURS = "keep"


@dataclass(frozen=True)
class KeepReport:
    """What the benchmark found.

    Attributes:
        figures: what is written as JSON: "count", "seed", "kinds"; "methods", "held_out" and "repeated" of
            method → figures; "by_family", "by_edit" and "by_drift" of the method that pairs are ranked by;
            and "pairs", every figure of every pair.
        sheet: titles and pictures of the worst pairs, the worst first; for `labelled_grid`.
    """

    figures: dict[str, Any]
    sheet: list[tuple[str, dict[str, Tensor]]]


@torch.no_grad()
def run_keep_benchmark(
    source: PairSource,
    count: int,
    seed: int,
    methods: Sequence[str] = tuple(METHODS),
    progress: Progress | None = None,
) -> KeepReport:
    """Measure methods of putting edits back against the truth.

    Args:
        source: of the pairs.
        count: number of pairs.
        seed: of everything.
        methods: of ``METHODS``; "keep", or else the first, ranks the pairs.
        progress: told after each pair.

    Raises:
        OodError: if torchmetrics or OpenCV is needed and missing, or no photograph can be edited.
    """
    need_torchmetrics()
    rows = []
    for index in range(count):
        pair = source.draw(seed, index)
        if index == 0:
            for name in methods:  # what a first run loads is no method's cost
                run_method(name, pair)
        outcomes = {name: run_method(name, pair) for name in methods}
        rows.append(_row(index, pair, outcomes))
        if progress is not None:
            progress(index + 1, count, pair.title)
    ranked_by = _OURS if _OURS in methods else methods[0]
    worst = sorted(rows, key=lambda row: -badness(row, ranked_by))[:SHOWN]
    untold = [name for name in methods if name not in TOLD_THE_TRUTH]
    figures = _figures(rows, methods, ranked_by) | {"repeated": repeated_edits(source, seed, untold)}
    head = {"count": count, "seed": seed, "kinds": source.half.value, "ranked_by": ranked_by}
    return KeepReport(head | figures, [_shown(source.draw(seed, row.index), row, ranked_by) for row in worst])


def _row(index: int, pair: KeepPair, outcomes: dict[str, Outcome]) -> Row:
    share = float((pair.true.mask > 0.5).float().mean())
    figures = {name: figures_of(pair, outcome) for name, outcome in outcomes.items()}
    return Row(index, pair.edit, pair.drift, pair.family, pair.held_out, share, figures)


def _figures(rows: Sequence[Row], methods: Sequence[str], ranked_by: str) -> dict[str, Any]:
    unseen = [row for row in rows if row.held_out]
    return {
        "methods": {name: summary(rows, name) for name in methods},
        "held_out": {name: summary(unseen, name) for name in methods},
        "by_family": by_group(rows, ranked_by, lambda row: row.family),
        "by_edit": by_group(rows, ranked_by, lambda row: row.edit),
        "by_drift": by_group(rows, ranked_by, lambda row: row.drift),
        "pairs": [asdict(row) for row in rows],
    }


def _shown(pair: KeepPair, row: Row, method: str) -> tuple[str, dict[str, Tensor]]:
    made, figures = run_method(method, pair).made, row.methods[method]
    told = [f"{name} {figures[name]:.3g}" for name in _TOLD if figures[name] is not None]
    title = f"{row.index}: {pair.title}; {', '.join(told)}"
    return title, {
        "original": pair.true.original,
        "true edit": pair.true.edited,
        "edited": pair.drifted.edited,
        method: made.picture,
        "true mask": pair.true.mask,
        f"{method} mask": made.mask,
    }


_TOLD = ("iou", "changed", "psnr_inside", "seam", "registration")
