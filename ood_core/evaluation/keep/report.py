"""The figures of *keep*'s benchmark as tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

_COLUMNS = {
    "iou": ("mask IoU", "{:.3f}"),
    "iou_median": ("median", "{:.3f}"),
    "iou_above_0.9": ("> 0.9", "{:.0%}"),
    "iou_below_0.5": ("< 0.5", "{:.0%}"),
    "ap": ("AP", "{:.3f}"),
    "empty": ("no edit: empty", "{:.0%}"),
    "changed": ("changed", "{:.2%}"),
    "psnr_outside": ("dB outside", "{:.1f}"),
    "identical": ("identical", "{:.2%}"),
    "psnr_inside": ("dB inside", "{:.1f}"),
    "psnr_inside_simple": ("place, tone", "{:.1f}"),
    "psnr_inside_editors": ("editors", "{:.1f}"),
    "behind_bound": ("behind bound", "{:.1f}"),
    "seam": ("seam", "{:.2f}"),
    "registration": ("off, rigid", "{:.3f} px"),
    "registration_worst": ("worst", "{:.2f} px"),
    "worse": ("worse than none", "{:.1%}"),
    "seconds": ("s/MP", "{:.2f}"),
    "mebibytes": ("MiB/MP", "{:.0f}"),
}
_GROUP_COLUMNS = ("iou", "empty", "psnr_inside", "behind_bound", "identical", "seam", "registration", "worse")


def methods_table(figures: Mapping[str, Any], group: str = "methods") -> Table:
    """A row per method; a dash where a figure does not apply. ``group`` may be "held_out"."""
    which = "all pairs" if group == "methods" else "held-out kinds alone"
    title = f"keep: {figures['count']} pairs, seed {figures['seed']}, kinds {figures['kinds']}; {which}"
    made = _table("method", title, [*_COLUMNS, "repeated"])
    for method, own in figures[group].items():
        cells = [_cell(own[name], form) for name, (_, form) in _COLUMNS.items()]
        made.add_row(method, *cells, _cell(figures["repeated"].get(method), "{:.4f}"))
    return made


def groups_table(figures: Mapping[str, Any], group: str) -> Table:
    """A row per family, edit or drift, of the method by which pairs are ranked.

    Args:
        figures: of a `KeepReport`.
        group: "by_family", "by_edit" or "by_drift".
    """
    made = _table(group[3:], f"{figures['ranked_by']} {group.replace('_', ' ')}", ["pairs", *_GROUP_COLUMNS])
    for name, own in figures[group].items():
        cells = [_cell(own[column], _COLUMNS[column][1]) for column in _GROUP_COLUMNS]
        made.add_row(name, str(own["pairs"]), *cells)
    return made


def _table(first: str, title: str, columns: list[str]) -> Table:
    from rich.box import MARKDOWN
    from rich.table import Table

    made = Table(first, title=title, box=MARKDOWN)
    headings = {"pairs": "pairs", "repeated": "10 edits: SSIM"}
    for name in columns:
        made.add_column(headings[name] if name in headings else _COLUMNS[name][0], justify="right")
    return made


def _cell(figure: float | None, form: str) -> str:
    return "–" if figure is None else form.format(figure)
