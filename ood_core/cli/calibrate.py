"""`ood calibrate`: what is foreign to a bundle's generator."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from .console import progress_bar
from .edit import Align, Refine
from .options import Where, pick_device

Target = Annotated[str, typer.Argument(metavar="BUNDLE", help="The bundle's folder.")]
Pictures = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[FOLDER]…", readable=False, help="Pictures; the generator's own if not given."),
]


def calibrate(
    bundle: Target,
    pictures: Pictures = None,
    align: Align = "auto",
    refine: Refine = 0,
    device: Where = "auto",
) -> None:
    """Measure how well a bundle inverts pictures of its kind, and so what is foreign to it.

    Give ordinary pictures, without hats or hands. The levels are written to bundle.json.
    """
    from ..bundle import find_bundle, load_bundle, update_bundle
    from ..inversion import inverter_of
    from ..making import calibrate as run
    from .pictures import crops_in

    folder = find_bundle(bundle)
    loaded = load_bundle(folder, pick_device(device))
    with progress_bar() as bar:
        task = bar.add_task("calibrating", total=None)

        def progress(done: int, total: int, note: str) -> None:
            bar.update(task, completed=done, total=total)

        crops = crops_in(pictures, loaded, align) if pictures else None
        levels = run(loaded, crops, inverter_of(loaded.encoder, refine), progress=progress)
    update_bundle(replace(loaded, foreign=levels), folder)
    typer.echo(f"{folder}: differences are foreign from {levels[0]:g} grey levels, wholly from {levels[1]:g}")
