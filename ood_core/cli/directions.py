"""`ood directions`: find, learn, show, name and sort out the directions of a bundle."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ..errors import BundleError, ImageError
from .console import progress_bar
from .edit import Align, Refine
from .options import Force, Where, pick_device

if TYPE_CHECKING:
    from ..bundle import Bundle

directions = typer.Typer(no_args_is_help=True, help="Find, learn, show and sort out a bundle's directions.")

Target = Annotated[str, typer.Argument(metavar="BUNDLE", help="A bundle's folder, or an installed bundle.")]
Copy = Annotated[
    Path | None, typer.Option("--output", "-o", help="Folder for a copy with the change; the bundle stays.")
]
Which = Annotated[
    list[str], typer.Argument(metavar="NAME|NUMBER…", help="Directions, as the sheet has them.")
]
Layers = Annotated[str, typer.Option(help="Styles they move: all, coarse, middle, fine, or such as 2-7.")]


@directions.command()
def find(
    bundle: Target,
    method: Annotated[
        Literal["pca", "sefa", "both"],
        typer.Option(help="pca: what varies most in random samples; sefa: what the weights amplify most."),
    ] = "pca",
    layers: Layers = "all",
    count: Annotated[int, typer.Option(min=1, max=200, help="How many new ones.")] = 12,
    output: Copy = None,
) -> None:
    """Find directions in the generator itself, without any pictures."""
    from ..making import find_directions

    _change(bundle, output, lambda loaded: find_directions(loaded, method, layers, count))
    typer.echo(f"see them with: ood directions show {output or bundle}")


@directions.command()
def learn(
    bundle: Target,
    name: Annotated[str, typer.Option("--name", help="What the direction is called.")],
    present: Annotated[list[Path], typer.Option("--with", help="Folder of pictures that show it.")],
    absent: Annotated[list[Path], typer.Option("--without", help="Folder of pictures that don't.")],
    keeping: Annotated[
        list[str] | None, typer.Option("--keeping", metavar="NAME", help="A direction to leave alone.")
    ] = None,
    layers: Layers = "all",
    align: Align = "auto",
    refine: Refine = 0,
    device: Where = "auto",
    output: Copy = None,
) -> None:
    """Learn a direction from pictures with and without something; 20 of each are a good start."""
    from ..inversion import inverter_of
    from ..making import learn_from_pictures
    from .pictures import crops_in

    def change(loaded: Bundle) -> Bundle:
        moved = loaded.to(pick_device(device))
        kinds = (crops_in(present, moved, align), crops_in(absent, moved, align))
        with progress_bar() as bar:
            task = bar.add_task("inverting", total=None)

            def progress(done: int, total: int, note: str) -> None:
                bar.update(task, completed=done, total=total)

            inverter = inverter_of(moved.encoder, refine)
            return learn_from_pictures(moved, name, *kinds, inverter, keeping or [], layers, progress)

    _change(bundle, output, change)
    typer.echo(f"edit with it: ood edit PHOTO --bundle {output or bundle} --edit {name}")


@directions.command()
def show(
    bundle: Target,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]…", help="Which; all otherwise.")
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The sheet's file.")] = Path(
        "directions.png"
    ),
    seed: Annotated[int, typer.Option(min=0, help="Which random sample is edited.")] = 0,
    force: Force = False,
) -> None:
    """Write one labelled sheet: a row per direction, a column per strength."""
    from ..bundle import load_bundle
    from ..files.formats import write_picture
    from ..making import directions_sheet

    if output.exists() and not force:
        raise ImageError(f"{output} already exists; --force overwrites it, -o chooses another name")
    loaded = load_bundle(bundle)
    write_picture(output, directions_sheet(loaded, names or [], seed=seed), overwrite=force)
    typer.echo(output)


@directions.command()
def name(
    bundle: Target,
    which: Annotated[str, typer.Argument(metavar="NAME|NUMBER", help="A direction, as the sheet has it.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="What it is called from now on.")],
    output: Copy = None,
) -> None:
    """Give a direction a name."""
    from ..making import rename_direction

    _change(bundle, output, lambda loaded: rename_direction(loaded, which, new))


@directions.command()
def keep(bundle: Target, which: Which, output: Copy = None) -> None:
    """Remove all found directions but these; named and learned ones stay."""
    from ..making import keep_found

    _change(bundle, output, lambda loaded: keep_found(loaded, which))


@directions.command()
def remove(bundle: Target, which: Which, output: Copy = None) -> None:
    """Remove directions."""
    from ..making import remove_directions

    _change(bundle, output, lambda loaded: remove_directions(loaded, which))


def _change(bundle: str, output: Path | None, change: Callable[[Bundle], Bundle]) -> None:
    """Load a bundle, change it, and write it back, or to a copy; then list what it can edit."""
    from ..bundle import find_bundle, load_bundle, update_bundle
    from ..bundle.manifest import MANIFEST, read_manifest

    folder = find_bundle(bundle)
    if output is not None and (output / MANIFEST).exists():
        raise BundleError(f"{output}: holds a bundle already; choose another -o")
    changed = change(load_bundle(folder))
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
        for file in (*read_manifest(folder).sha256, MANIFEST):
            shutil.copy2(folder / file, output / file)
    update_bundle(changed, output or folder)
    for number, (own, attribute) in enumerate(changed.attributes.items(), 1):
        low, high = attribute.range
        typer.echo(f"{number:>3}  {own:<20} {low:g} to {high:g}")
