"""The figures as a table, and the samples as a contact sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PIL import Image
from torch import Tensor

from ..files.sheets import labelled_grid
from .methods import Outcome

if TYPE_CHECKING:
    from rich.table import Table

_COLUMNS = {
    "psnr_inside": ("PSNR inside", "{:.1f}"),
    "psnr_outside": ("outside", "{:.1f}"),
    "psnr": ("whole", "{:.1f}"),
    "ssim_inside": ("SSIM inside", "{:.3f}"),
    "ssim_outside": ("outside", "{:.3f}"),
    "ssim": ("whole", "{:.3f}"),
    "lpips": ("LPIPS", "{:.3f}"),
    "identical_outside_mask": ("identical outside mask", "{:.1%}"),
    "mask_iou": ("mask IoU", "{:.2f}"),
    "mask_ap": ("mask AP", "{:.2f}"),
    "attribute_success": ("success", "{:.0%}"),
    "leakage": ("leakage", "{:.3f}"),
    "ghost_energy": ("ghost", "{:.2f}"),
    "held_back": ("held back", "{:.0%}"),
    "fid": ("FID", "{:.3f}"),
    "kid": ("KID", "{:.4f}"),
    "identity": ("same person", "{:.0%}"),
    "seconds": ("seconds", "{:.2f}"),
}


def table(report: Mapping[str, Any]) -> Table:
    """A report's figures, a row a method; a dash where a figure does not apply or cannot be had."""
    from rich.box import MARKDOWN
    from rich.table import Table

    what = ", ".join(
        f"{name} {report[name]}" for name in ("count", "seed", "refine", "features") if name in report
    )
    made = Table("method", title=f"{report['bundle']}: {what}", box=MARKDOWN)
    measured = next(iter(report["methods"].values()))
    columns = {name: column for name, column in _COLUMNS.items() if name in measured}
    for heading, _ in columns.values():
        made.add_column(heading, justify="right")
    for method, figures in report["methods"].items():
        made.add_row(method, *(_cell(figures[name], form) for name, (_, form) in columns.items()))
    return made


def inversion_table(reports: Sequence[Mapping[str, Any]]) -> Table:
    """How methods bear with worse inversions, a row a quality and method; of `run_benchmark`'s figures."""
    from rich.box import MARKDOWN
    from rich.table import Table

    shown = ("psnr_inside", "psnr_outside", "mask_iou", "attribute_success", "leakage", "held_back")
    about = {name: reports[0][name] for name in ("bundle", "count", "seed")}
    title = f"{about['bundle']}: count {about['count']}, seed {about['seed']}, inversions made worse"
    made = Table("inversion", "method", title=title, box=MARKDOWN)
    for name in shown:
        made.add_column(_COLUMNS[name][0], justify="right")
    for report in reports:
        for method, figures in report["methods"].items():
            cells = [_cell(figures[name], _COLUMNS[name][1]) for name in shown]
            made.add_row(f"{report['inversion']:g} dB", method, *cells)
    return made


def faces_table(rows: Sequence[Mapping[str, Any]], title: str) -> Table:
    """How faces were found, a row a group; see `photos.detection_table`."""
    from rich.box import MARKDOWN
    from rich.table import Table

    forms = {"faces": "{:d}", "recall": "{:.1%}", "precision": "{:.1%}", "error": "{:.1f} %"}
    made = Table("faces that are", title=title, box=MARKDOWN)
    for heading in ("number", "found", "no false ones", "landmarks off by"):
        made.add_column(heading, justify="right")
    for row in rows:
        made.add_row(row["group"], *(_cell(row[name], form) for name, form in forms.items()))
    return made


def _cell(figure: float | None, form: str) -> str:
    return "–" if figure is None else form.format(figure)


def sheet(rows: Sequence[tuple[str, Mapping[str, Tensor], Mapping[str, Outcome]]]) -> Image.Image:
    """Rows are samples, in the order given; columns are what was there, methods, and their masks.

    Args:
        rows: title; title → picture or mask of what was there; method → outcome.
    """
    grid = []
    for title, there, outcomes in rows:
        made = {method: outcome.picture for method, outcome in outcomes.items()}
        masks = {f"{name} mask": made.mask for name, made in outcomes.items() if made.mask is not None}
        grid.append((title, {**there, **made, **masks}))
    return labelled_grid(grid)


def edits_text(edits: Mapping[str, float]) -> str:
    """Edits as one reads them: "Smiling +1, Beard -0.5"."""
    return ", ".join(f"{name} {strength:+g}" for name, strength in edits.items())
