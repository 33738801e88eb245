"""`ood import-official`: the published weight files as a bundle."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from .byte_bars import byte_bars
from .convert import Variant

if TYPE_CHECKING:
    from ..checkpoints.official import Imported


def import_official(
    psp: Annotated[
        Path, typer.Option(help="The encoder's file: psp_ffhq_encode.pt, or one of e4e or ReStyle")
    ],
    diffcam: Annotated[Path, typer.Option(help="The classifier's file: diff_cam_weight.pt")],
    deghosting: Annotated[Path, typer.Option(help="The deghosting network's file: deghosting.pt")],
    directions: Annotated[
        Path, typer.Option(help="Directions: a folder or file, .npy .npz .pt .safetensors")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The bundle's folder.")],
    classes: Annotated[
        Path | None, typer.Option(help='JSON: attribute to class, as {"Smiling": 15, "Beard": [12, -1]}.')
    ] = None,
    norm: Annotated[
        Literal["total", "layer", "raw"],
        typer.Option(help="Strength 1 is a step of 1 in total, in each layer, or as in the file."),
    ] = "total",
    half: Annotated[bool, typer.Option("--half", help="Store half precision: half the size.")] = False,
    variant: Annotated[
        Variant | None, typer.Option(help="Which encoder --psp holds, where the file does not say.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a bundle that is there already.")] = False,
) -> None:
    """Make a bundle of the published weight files.

    The files are recognised by what is in them, read without running anything, and checked name by name.
    """
    from ..checkpoints.official import import_official as run

    with byte_bars() as progress:
        found = run(
            psp,
            diffcam,
            deghosting,
            directions,
            output,
            classes,
            norm,
            half,
            variant,
            force,
            progress,
        )
    typer.echo(_summary(found))


def _summary(found: Imported) -> str:
    lines = [f"{found.folder}: a bundle for {found.resolution} px"]
    lines += [f"  {network}" for network in found.networks]
    for name, attribute in found.attributes.items():
        known = "no class" if attribute.diffcam_class is None else f"class {attribute.diffcam_class}"
        known += ", which speaks against it" if attribute.sign < 0 else ""
        lines.append(f"  {name:<20} {known}")
    lines += [f"  left out: {part}" for part in found.left_out]
    lines += [f"  note: {note}" for note in found.notes]
    first = next(iter(found.attributes))
    lines.append(f"edit with it: ood edit PHOTO --bundle {quote(str(found.folder))} --edit {quote(first)}")
    return "\n".join(lines)
