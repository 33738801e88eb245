"""Figures of photographs as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

_FOUND = {
    "pictures": ("photographs", "{:d}"),
    "found": ("face found", "{:.1%}"),
    "false": ("false finds", "{:d}"),
    "error": ("landmarks off by", "{:.1f} %"),
    "error_95": ("worst twentieth", "{:.1f} %"),
    "frame": ("square off by", "{:.1f} %"),
    "drawn_decided": ("by the drawn detector", "{:d}"),
}
_INVERTED = {
    "faces": ("faces", "{:d}"),
    "psnr": ("PSNR in the frame", "{:.1f}"),
    "psnr_worst": ("worst twentieth", "{:.1f}"),
    "odd": ("not known", "{:.1%}"),
    "distance": ("identity off by", "{:.3f}"),
    "same": ("same person", "{:.1%}"),
    "years": ("years", "{:+.1f}"),
    "lpips": ("LPIPS", "{:.4f}"),
}
_EDITED = {
    "faces": ("faces", "{:d}"),
    "masked": ("of the frame masked", "{:.1%}"),
    "moved": ("of the face changed", "{:.1%}"),
    "outside": ("pixels changed outside", "{:.3g}"),
    "distance": ("identity off by", "{:.3f}"),
    "distance_worst": ("worst twentieth", "{:.3f}"),
    "same": ("same person", "{:.1%}"),
    "happy_was_not": ("happy, were not", "{:.0%}"),
    "happy_was_happy": ("happy, were", "{:.0%}"),
    "years": ("years", "{:+.1f}"),
    "lpips": ("LPIPS", "{:.4f}"),
}
_KEPT = {
    "faces": ("faces", "{:d}"),
    "iou": ("mask IoU", "{:.2f}"),
    "kept": ("bits kept", "{:.1%}"),
    "identical": ("outside the edit", "{:.1%}"),
    "distance": ("identity off by", "{:.3f}"),
    "same": ("same person", "{:.1%}"),
    "happy_was_not": ("happy, were not", "{:.0%}"),
    "happy_was_happy": ("happy, were", "{:.0%}"),
    "years": ("years", "{:+.1f}"),
    "lpips": ("LPIPS", "{:.4f}"),
}


def found_table_of(rows: Sequence[Mapping[str, Any]]) -> Table:
    """How faces were found; see `found.found_table`."""
    return _table(rows, "photographs", _FOUND, ("group",))


def edits_tables(rows: Sequence[Mapping[str, Any]]) -> tuple[Table, Table]:
    """Inversion, and edits; see `edited.edit_table`."""
    inverted = [row for row in rows if not row["edit"]]
    edited = [row for row in rows if row["edit"]]
    return (
        _table(inverted, "inversion", _INVERTED, ("group",)),
        _table(edited, "edits", _EDITED, ("group", "edit")),
    )


def keep_table_of(rows: Sequence[Mapping[str, Any]]) -> Table:
    """What *keep* makes of an editor's pictures; see `kept.keep_table`."""
    return _table(rows, "keep", _KEPT, ("group", "edit", "method"))


def _table(
    rows: Sequence[Mapping[str, Any]],
    title: str,
    columns: Mapping[str, tuple[str, str]],
    names: Sequence[str],
) -> Table:
    from rich.box import MARKDOWN
    from rich.table import Table

    made = Table(*names, title=title, box=MARKDOWN)
    for heading, _ in columns.values():
        made.add_column(heading, justify="right")
    for row in rows:
        cells = ((row.get(name), form) for name, (_, form) in columns.items())
        made.add_row(*(row[name] for name in names), *("–" if v is None else f.format(v) for v, f in cells))
    return made
