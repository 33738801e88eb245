"""The figures as a table, and the samples as a contact sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PIL import Image

from ..contact_sheet import labelled_grid
from .methods import Outcome
from .samples import Sample

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
    "seconds": ("seconds", "{:.2f}"),
}


def table(report: Mapping[str, Any]) -> Table:
    """The figures of `run_benchmark`, a row a method; a dash where a figure does not apply."""
    from rich.box import MARKDOWN
    from rich.table import Table

    made = Table(
        "method",
        title=f"{report['bundle']}: {report['count']} samples, seed {report['seed']}",
        box=MARKDOWN,
    )
    for heading, _ in _COLUMNS.values():
        made.add_column(heading, justify="right")
    for method, figures in report["methods"].items():
        made.add_row(method, *(_cell(figures[name], form) for name, (_, form) in _COLUMNS.items()))
    return made


def _cell(figure: float | None, form: str) -> str:
    return "–" if figure is None else form.format(figure)


def sheet(samples: Sequence[tuple[Sample, Mapping[str, Outcome]]]) -> Image.Image:
    """Rows are samples, in the order given; columns are input, truth, methods, and their masks."""
    rows = []
    for sample, outcomes in samples:
        row = {"input": sample.source, "true edit": sample.target}
        row |= {method: outcome.picture for method, outcome in outcomes.items()}
        row["true change"] = sample.change
        row |= {f"{name} mask": made.mask for name, made in outcomes.items() if made.mask is not None}
        rows.append((", ".join(f"{name} {strength:+g}" for name, strength in sample.edits.items()), row))
    return labelled_grid(rows)
