"""`ood bench --keep`: how faithfully other editors' work is put back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from ..errors import ImageError
from .console import progress_bar
from .figures import print_table, write_figures
from .inputs import collect

if TYPE_CHECKING:
    from ..evaluation.keep.benchmark import KeepReport


Kinds = Literal["all", "public", "held-out"]
"""Which kinds of edit and drift, and which photographs, are shown; see `evaluation.keep.pairs.Half`."""


def bench_keep(
    inputs: Sequence[str | Path],
    autoencoder: Path | None,
    kinds: Kinds,
    count: int,
    seed: int,
    methods: str | None,
    figures: Path,
    picture: Path,
    force: bool,
) -> None:
    """Measure, print tables, and write figures and the sheet of the worst pairs.

    Raises:
        OodError: in one sentence, for whatever cannot be measured.
    """
    from ..evaluation.keep.report import groups_table, methods_table
    from ..files.formats import write_picture
    from ..files.sheets import labelled_grid

    report = _measured(inputs, autoencoder, kinds, count, seed, methods)
    print_table(methods_table(report.figures))
    if kinds == "all":
        print_table(methods_table(report.figures, "held_out"))
    print_table(groups_table(report.figures, "by_family"))
    write_figures(figures, report.figures)
    write_picture(picture, labelled_grid(report.sheet, 192), overwrite=force)
    typer.echo(f"{figures}\n{picture}")


def _measured(
    inputs: Sequence[str | Path],
    autoencoder: Path | None,
    kinds: Kinds,
    count: int,
    seed: int,
    methods: str | None,
) -> KeepReport:
    from ..evaluation.keep.autoencoder import load_autoencoder
    from ..evaluation.keep.benchmark import run_keep_benchmark
    from ..evaluation.keep.methods import METHODS, NEEDS_NO_OP
    from ..evaluation.keep.pairs import Half, PairSource
    from ..evaluation.methods import checked_methods

    paths, problems = collect(inputs)
    if problems:
        raise ImageError(problems[0])
    names = checked_methods(list(METHODS) if methods is None else methods.split(","), tuple(METHODS))
    loaded = None if autoencoder is None else load_autoencoder(autoencoder)
    source = PairSource(Half(kinds), paths, loaded, no_op=NEEDS_NO_OP in names)
    with progress_bar() as bar:
        task = bar.add_task("measuring", total=None)

        def progress(done: int, total: int, note: str) -> None:
            bar.update(task, completed=done, total=total)

        return run_keep_benchmark(source, count, seed, names, progress)
