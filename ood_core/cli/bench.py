"""`ood bench`: how near a bundle's edits come to the true ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import ImageError
from .console import progress_bar
from .edit import BundleName, Force

if TYPE_CHECKING:
    from rich.table import Table

    from ..evaluation.benchmark import Report

Count = Annotated[int, typer.Option(min=1, help="How many samples.")]
Seed = Annotated[int, typer.Option(min=1, max=2**31, help="The same seed gives the same samples.")]
Methods = Annotated[str | None, typer.Option(metavar="A,B,…", help="Which to compare; all if not given.")]
JsonFile = Annotated[Path | None, typer.Option("--json", help="The figures' file; else bench.json in -o.")]
Output = Annotated[Path, typer.Option("--output", "-o", readable=False, help="Folder for figures and sheet.")]


def bench(
    bundle: BundleName = None,
    count: Count = 200,
    seed: Seed = 20_000,
    methods: Methods = None,
    figures: JsonFile = None,
    output: Output = Path("output"),
    force: Force = False,
) -> None:
    """Compare edits with the true ones.

    People and things that no network has seen are drawn with their true edits. Prints a table, and writes
    bench.json and bench.png, where the worst samples come first.
    """
    from ..bundle import load_bundle
    from ..evaluation import METHODS, run_benchmark
    from ..evaluation.report import sheet, table
    from ..image_files import write_picture

    target, picture = figures or output / "bench.json", output / "bench.png"
    _check_free([target, picture], force)
    names = list(METHODS) if methods is None else [name.strip() for name in methods.split(",")]
    loaded = load_bundle(bundle)
    with progress_bar() as bar:
        task = bar.add_task("measuring", total=count)
        report: Report = run_benchmark(
            loaded, count, seed, names, lambda done, total, note: bar.update(task, completed=done)
        )
    _write_json(target, report.figures)
    write_picture(picture, sheet(report.worst), overwrite=force)
    _print(table(report.figures))
    typer.echo(target)
    typer.echo(picture)


def _check_free(paths: list[Path], force: bool) -> None:
    for path in paths:
        if path.exists() and not force:
            raise ImageError(f"{path} already exists; --force overwrites it, -o chooses another folder")


def _write_json(path: Path, figures: dict[str, Any]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise ImageError(f"{path}: cannot be written ({error.strerror}); choose another place") from error


def _print(table: Table) -> None:
    from rich.console import Console

    console = Console()
    wide = console.options.update(max_width=1000)
    console.width = max(console.width, console.measure(table, options=wide).maximum)  # nothing is cut short
    console.print(table)
