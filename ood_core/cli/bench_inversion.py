"""`ood bench --inversion-noise`: what becomes of edits where encoders invert worse."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from ..errors import OodError
from .console import progress_bar
from .figures import print_table, write_figures

_METHODS = "faithful,measured,paper"


def bench_inversion(
    levels: str, bundle: str | None, count: int, seed: int, methods: str | None, target: Path
) -> None:
    """Measure at each quality of inversion, print a table, write the figures."""
    from ..bundle import load_bundle
    from ..evaluation.benchmark import KNOWN, run_benchmark
    from ..evaluation.methods import checked_methods
    from ..evaluation.report import inversion_table

    qualities = _qualities(levels)
    names = checked_methods((methods or _METHODS).split(","), KNOWN)
    loaded, reports = load_bundle(bundle), []
    with progress_bar() as bar:
        task = bar.add_task("measuring", total=None)
        for index, quality in enumerate(qualities):

            def progress(done: int, total: int, note: str, before: int = index * count) -> None:
                bar.update(task, completed=before + done, total=len(qualities) * count)

            report = run_benchmark(loaded, count, seed, names, quality, progress=progress)
            reports.append(report.figures)
    print_table(inversion_table(reports))
    write_figures(target, {"inversions": reports})
    typer.echo(str(target))


def _qualities(text: str) -> Sequence[float]:
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        raise OodError(f"--inversion-noise takes decibels such as 26,23,20,18, not '{text}'") from None
    if not all(5 <= quality <= 60 for quality in found):
        raise OodError(f"--inversion-noise takes decibels from 5 to 60, not '{text}'")
    return found
