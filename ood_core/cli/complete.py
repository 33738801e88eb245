"""`ood complete`: train what a bundle lacks, from its own generator."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

from ..errors import BundleError, RecipeError
from .calibrate import Target
from .console import progress_bar
from .edit import Align

Photos = Annotated[
    list[Path] | None, typer.Option("--photos", readable=False, help="Folder of real pictures to add.")
]
Steps = Annotated[int, typer.Option(min=1, help="Updates; more is better, and takes longer in proportion.")]
Run = Annotated[
    Path | None, typer.Option("--run", help="Folder of the training; BUNDLE/training if not given.")
]


def complete(
    bundle: Target, photos: Photos = None, align: Align = "auto", steps: Steps = 4000, run: Run = None
) -> None:
    """Train an encoder for a bundle without one, on samples of its generator.

    Interrupted, it continues where it stopped. Afterwards pictures are inverted in one look instead of by
    descent. A classifier and a deghosting network are not trained here: what stands in for them stays.
    """
    try:
        import accelerate  # noqa: F401
    except ModuleNotFoundError:
        raise RecipeError('training needs accelerate: pip install "ood-editing[train]"') from None
    from ..bundle import find_bundle, installed_bundles, load_bundle, save_bundle
    from ..sources import cut_for
    from ..training.completing import Completing
    from ..training.completing import complete as work
    from .pictures import crops_in

    folder = find_bundle(bundle)
    loaded = load_bundle(folder)
    if loaded.encoder is not None:
        typer.echo(f"{folder}: has an encoder already; nothing is missing that can be trained here")
        return
    if folder in installed_bundles().values():
        raise BundleError(f"'{folder.name}' came with the package and stays as it is")
    logging.getLogger("ood_core").setLevel(logging.ERROR)
    pictures = cut_for(loaded, crops_in(photos, loaded, align)) if photos else None
    with progress_bar() as bar:
        task = bar.add_task("training the encoder", total=steps)

        def progress(done: int, total: int, note: str) -> None:
            bar.update(task, completed=done, total=total)

        whole = work(loaded, run or folder / "training", Completing(steps=steps), pictures, progress)
    save_bundle(whole, folder, overwrite=True)
    low, high = whole.foreign
    typer.echo(f"{folder}: has an encoder now; differences are foreign from {low:g} to {high:g} grey levels")
