"""Options that several commands have, under one name and with one meaning."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ..errors import ImageError, OodError
from .processes import own_gpu

if TYPE_CHECKING:
    import torch

DeviceName = Literal["auto", "cpu", "cuda", "mps"]

# readable=False: typer would end the whole command where one input cannot be read
# text, not paths: an empty name would become the current folder; what cannot be read costs no other its turn
Inputs = Annotated[list[str], typer.Argument(metavar="INPUT", help="Pictures, or folders of pictures.")]
BundleName = Annotated[
    str | None, typer.Option(metavar="NAME|DIR", help="An installed bundle, or a bundle's folder.")
]
MaskFile = Annotated[
    Path | None,
    typer.Option(readable=False, help="Picture of the input's size; white takes the edit, black the input."),
]
MaskMeaning = Annotated[
    Literal["replace", "limit", "add", "subtract"],
    typer.Option(help="Whether --mask replaces the mask that is found, limits it, adds or subtracts."),
]
Threshold = Annotated[
    float | None,
    typer.Option(min=0, max=1, help="Make the mask black and white at this value; soft if not given."),
]
Grow = Annotated[float, typer.Option(help="Pixels by which the mask grows; negative shrinks it.")]
Feather = Annotated[float, typer.Option(min=0, help="Softness of the mask's rim, in pixels.")]
Where = Annotated[DeviceName, typer.Option(help="Where to compute.")]
Output = Annotated[Path, typer.Option("--output", "-o", readable=False, help="Folder for the results.")]
Stages = Annotated[bool, typer.Option("--stages", help="Also write every stage, and all of them in a row.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite results that are there already.")]
Resume = Annotated[bool, typer.Option("--resume", help="Skip pictures that are already done.")]


def pick_device(device: DeviceName) -> torch.device:
    """The torch device for the option; `auto` takes the fastest that is there.

    Raises:
        OodError: if the device asked for is not there.
    """
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if device == "auto":
        return _numbered(next(name for name, usable in there.items() if usable))
    if not there[device]:
        raise OodError(f"--device {device}: torch finds no such device here; use --device cpu or auto")
    return _numbered(device)


def _numbered(kind: str) -> torch.device:
    import torch

    return torch.device(kind, own_gpu()) if kind == "cuda" else torch.device(kind)


Format = Annotated[
    Literal["same", "png", "jpg", "webp", "tif"],
    typer.Option("--format", help="Of the results; same is each input's own."),
]


def suffix_of(file_format: str) -> str | None:
    """What results end in; None for each input's own."""
    return None if file_format == "same" else f".{file_format}"


def make_folder(output: Path) -> None:
    """Make the folder for results.

    Raises:
        ImageError: if it cannot be made or written into.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImageError(f"{output}: cannot be made ({error.strerror}); choose another -o") from error
    if not os.access(output, os.W_OK):
        raise ImageError(f"{output}: no permission to write into it; choose another -o")
