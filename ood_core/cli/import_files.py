"""`ood import`: weight files of any known kind as a bundle."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ..errors import CheckpointError
from .byte_bars import byte_bars
from .convert import Variant

if TYPE_CHECKING:
    from ..checkpoints.importing import Imported

Files = Annotated[
    list[Path] | None,
    typer.Argument(metavar="FILE…", readable=False, help="Weight files; files or folders of directions."),
]


def _named(part: str) -> typer.models.OptionInfo:
    """An option that import-official had for one of the files; the content says what a file is."""
    found: typer.models.OptionInfo = typer.Option(f"--{part}", hidden=True)
    return found


def import_files(
    files: Files = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The bundle's folder.")] = Path("bundle"),
    classes: Annotated[
        Path | None, typer.Option(help='JSON: attribute to class, as {"Smiling": 15, "Beard": [12, -1]}.')
    ] = None,
    norm: Annotated[
        Literal["total", "layer", "raw"],
        typer.Option(help="Strength 1 is a step of 1 in total, in each layer, or as in the file."),
    ] = "total",
    half: Annotated[bool, typer.Option("--half", help="Store half precision: half the size.")] = False,
    variant: Annotated[
        Variant | None, typer.Option(help="Which encoder a file holds, where it does not say.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a bundle that is there already.")] = False,
    psp: Annotated[Path | None, _named("psp")] = None,
    diffcam: Annotated[Path | None, _named("diffcam")] = None,
    deghosting: Annotated[Path | None, _named("deghosting")] = None,
    directions: Annotated[Path | None, _named("directions")] = None,
) -> None:
    """Make a bundle of weight files. One StyleGAN2 generator is enough.

    Files are recognised by what is in them: generators of NVIDIA (.pkl), rosinality, mmgeneration, BasicSR
    and our own; encoders of pSp, e4e and ReStyle; the DiffCAM classifier; the deghosting network; directions.
    They are read without running anything, and checked name by name.
    """
    from ..checkpoints.importing import Wishes
    from ..checkpoints.importing import import_files as run

    given = [*(files or []), *filter(None, (psp, diffcam, deghosting, directions))]
    if not given:
        raise CheckpointError("name the files to import; one StyleGAN2 generator is enough")
    with byte_bars() as progress:
        found = run(given, output, Wishes(classes, norm, half, variant), force, progress)
    typer.echo(_summary(found))


def _summary(found: Imported) -> str:
    lines = [f"{found.folder}: a bundle for {found.resolution} px"]
    lines += [f"  {network}" for network in found.networks]
    for name, attribute in found.attributes.items():
        known = "no class" if attribute.diffcam_class is None else f"class {attribute.diffcam_class}"
        known += ", which speaks against it" if attribute.sign < 0 else ""
        lines.append(f"  {name:<20} {known}")
    lines += [f"  {sentence}" for sentence in found.manifest.stand_ins]
    lines += [f"  left out: {part}" for part in found.left_out]
    lines += [f"  note: {note}" for note in found.notes]
    folder, first = quote(str(found.folder)), next(iter(found.attributes), None)
    lines.append(f"see its directions: ood directions show {folder}")
    if first is not None:
        lines.append(f"edit with it: ood edit PHOTO --bundle {folder} --edit {quote(first)}")
    return "\n".join(lines)
