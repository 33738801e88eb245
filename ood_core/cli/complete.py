"""`ood complete`: train what a bundle lacks, from its own generator."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import BundleError, RecipeError
from .calibrate import Target
from .console import progress_bar
from .edit import Align

if TYPE_CHECKING:
    from ..bundle import Bundle

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
    """Train what a bundle lacks, on samples of its generator.

    An encoder inverts pictures in one look instead of by descent. With directions in the bundle a classifier
    of them, a decomposition network for the mask, and a deghosting network for mode paper follow. Each is
    kept as soon as it is finished; interrupted, the training continues where it stopped.
    """
    try:
        import accelerate  # noqa: F401
    except ModuleNotFoundError:
        raise RecipeError('training needs accelerate: pip install "ood-editing[train]"') from None
    from ..bundle import find_bundle, installed_bundles, load_bundle, save_bundle
    from ..bundle.memory import keep_freed_memory
    from ..sources import cut_for
    from ..training.completing import Completing, missing_parts
    from ..training.completing import complete as work
    from .pictures import crops_in

    folder = find_bundle(bundle)
    loaded = load_bundle(folder)
    missing = missing_parts(loaded)
    if not missing:
        typer.echo(f"{folder}: nothing is missing that can be trained here{_directions_first(loaded)}")
        return
    if folder in installed_bundles().values():
        raise BundleError(f"'{folder.name}' came with the package and stays as it is")
    pictures = cut_for(loaded, crops_in(photos, loaded, align)) if photos else None
    keep_freed_memory()
    with progress_bar() as bar:
        task = bar.add_task(f"training {missing[0]}", total=steps)

        def progress(done: int, total: int, note: str) -> None:
            bar.update(task, completed=done, total=total, description=f"training {note}")

        def keep(whole: Bundle) -> None:
            save_bundle(whole, folder, overwrite=True)

        whole = work(loaded, run or folder / "training", Completing(steps=steps), pictures, progress, keep)
    low, high = whole.foreign
    if "encoder" in missing:
        typer.echo(f"differences are foreign from {low:g} to {high:g} grey levels")
        typer.echo("with --refine 40 edits come out better: an encoder from samples inverts roughly")
    typer.echo(f"{folder}: has {', '.join(missing)} now{_directions_first(whole)}")


def _directions_first(bundle: Bundle) -> str:
    """What would let more be trained."""
    if bundle.attributes:
        return ""
    return "; find directions with 'ood directions find', name them, and run this again for what needs them"
