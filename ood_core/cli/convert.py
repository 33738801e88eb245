"""`ood convert`: one weight file to safetensors, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from .byte_bars import byte_bars

Variant = Literal["psp", "e4e"]
"""Two meanings of an encoder's styles; their files, and those of ReStyle built on them, look the same."""


def convert(
    source: Annotated[Path, typer.Argument(metavar="FILE|FOLDER", help="A weight file, or converted ones.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for what is written.")],
    half: Annotated[bool, typer.Option("--half", help="Store half precision: half the size.")] = False,
    variant: Annotated[
        Variant | None, typer.Option(help="Which encoder it is, where the file does not say.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that are there already.")] = False,
) -> None:
    """Convert a weight file to safetensors, or converted files back to the original.

    A file of pSp, e4e, ReStyle, DiffCAM or the deghosting network, or a StyleGAN2 generator of NVIDIA,
    rosinality, mmgen or BasicSR, gives one safetensors file a network. Those, or a bundle made of them, give
    the file back.
    """
    from ..checkpoints import convert as run

    with byte_bars() as progress:
        written = run(source, output, half, variant, force, progress)
    for path in written:
        typer.echo(path)
