"""`ood edit`: its options."""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ImageError, OodError
from .console import named_numbers
from .photographs import Request, run
from .processes import own_gpu

if TYPE_CHECKING:
    import torch


class Quality(str, Enum):
    """The two qualities of result."""

    faithful = "faithful"
    paper = "paper"


class Rounding(str, Enum):
    """How finely to compute."""

    fp32 = "fp32"
    bf16 = "bf16"


class Device(str, Enum):
    """Where to compute."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"
    mps = "mps"


class Alignment(str, Enum):
    """When faces are cut out upright."""

    auto = "auto"
    never = "never"
    always = "always"


class FileFormat(str, Enum):
    """Formats of results."""

    same = "same"
    png = "png"
    jpg = "jpg"
    webp = "webp"
    tif = "tif"


# readable=False: typer would end the whole command where one input cannot be read
Inputs = Annotated[
    list[Path], typer.Argument(metavar="INPUT", readable=False, help="Pictures, or folders of pictures.")
]
Edits = Annotated[
    list[str],
    typer.Option("--edit", metavar="NAME[=STRENGTH]", help="What to change; 1 is the usual strength."),
]
BundleName = Annotated[
    str | None, typer.Option(metavar="NAME|DIR", help="An installed bundle, or a bundle's folder.")
]
Mode = Annotated[
    Quality, typer.Option(help="faithful keeps every pixel outside the edit; paper is the published method.")
]
MaskFile = Annotated[
    Path | None,
    typer.Option(readable=False, help="Picture of the input's size; white takes the edit, black the input."),
]
Where = Annotated[Device, typer.Option(help="Where to compute.")]
Fineness = Annotated[
    Rounding, typer.Option(help="bf16 is faster on devices made for it, and off by about a grey level.")
]
Output = Annotated[Path, typer.Option("--output", "-o", readable=False, help="Folder for the results.")]
Stages = Annotated[bool, typer.Option("--stages", help="Also write every stage, and all of them in a row.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite results that are there already.")]
Resume = Annotated[bool, typer.Option("--resume", help="Leave out pictures whose results are there already.")]
Align = Annotated[
    Alignment,
    typer.Option(help="Cut faces out upright: where needed, always, or edit the centred square as it is."),
]
Face = Annotated[
    str, typer.Option(metavar="largest|all|N", help="Which faces: N counts from 0, the surest first.")
]
LandmarkFile = Annotated[
    Path | None, typer.Option("--landmarks", readable=False, help="JSON with the faces of pictures.")
]
Format = Annotated[
    FileFormat, typer.Option("--format", help="Of the edited pictures; same is each input's own.")
]


def edit(
    inputs: Inputs,
    edits: Edits,
    bundle: BundleName = None,
    mode: Mode = Quality.faithful,
    mask: MaskFile = None,
    device: Where = Device.auto,
    precision: Fineness = Rounding.fp32,
    output: Output = Path("output"),
    stages: Stages = False,
    force: Force = False,
    resume: Resume = False,
    align: Align = Alignment.auto,
    face: Face = "largest",
    landmarks: LandmarkFile = None,
    file_format: Format = FileFormat.same,
) -> None:
    """Edit the faces of photographs: writes <name>_edited for each, in the photograph's format and size."""
    from ..alignment import face_detector, read_landmarks
    from ..bundle import load_bundle
    from ..bundle.memory import keep_freed_memory
    from ..editing import checked_strengths
    from ..files.pictures import load_mask

    if force and resume:
        raise OodError("--force overwrites results, --resume keeps them: give one of the two")
    strengths = named_numbers(edits, "--edit", default=1.0)
    where = pick_device(device)
    loaded = load_bundle(bundle, where, "bf16" if precision is Rounding.bf16 else "fp32")
    keep_freed_memory()  # not before: loading gives back what only it needed
    request = Request(
        bundle=loaded,
        strengths=checked_strengths(strengths, loaded.attributes),
        mode="paper" if mode is Quality.paper else "faithful",
        mask=None if mask is None else load_mask(mask).to(where),
        device=where,
        align=align.value,
        face=face,
        detector=None if align is Alignment.never else face_detector(loaded.detector, loaded.landmarker),
        given={} if landmarks is None else read_landmarks(landmarks),
        stages=stages,
        suffix=None if file_format is FileFormat.same else f".{file_format.value}",
        force=force,
        resume=resume,
    )
    _make_folder(output)
    if not run(request, inputs, output):
        raise typer.Exit(1)


def pick_device(device: Device) -> torch.device:
    """The torch device for the option; `auto` takes the fastest that is there.

    Raises:
        OodError: if the device asked for is not there.
    """
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if device is Device.auto:
        return _numbered(next(name for name, usable in there.items() if usable))
    if not there[device.value]:
        raise OodError(f"--device {device.value}: torch finds no such device here; use --device cpu or auto")
    return _numbered(device.value)


def _numbered(kind: str) -> torch.device:
    import torch

    return torch.device(kind, own_gpu()) if kind == "cuda" else torch.device(kind)


def _make_folder(output: Path) -> None:
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImageError(f"{output}: cannot be made ({error.strerror}); choose another -o") from error
    if not os.access(output, os.W_OK):
        raise ImageError(f"{output}: no permission to write into it; choose another -o")
