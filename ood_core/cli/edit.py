"""`ood edit`: pictures and folders of pictures, one after the other."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ..errors import ImageError, OodError
from .console import explain, named_numbers, progress_bar, report
from .inputs import Job, plan
from .processes import own_gpu, own_share, wait_for_others

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from ..bundle import Bundle
    from ..images import LoadedImage
    from ..pipeline import EditResult


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


@dataclass(frozen=True)
class Request:
    """What is the same for every picture of one command.

    Attributes:
        bundle: on `device`.
        strengths: attribute name → strength.
        mode: which quality.
        mask: [1,1,H,W] in [0,1] instead of the computed one, or None.
        device: where to compute.
        stages: also write what lies between input and result.
        force: overwrite results.
    """

    bundle: Bundle
    strengths: dict[str, float]
    mode: Literal["faithful", "paper"]
    mask: Tensor | None
    device: torch.device
    stages: bool
    force: bool


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
) -> None:
    """Edit pictures: writes <name>_edited.png for each."""
    from ..bundle import load_bundle
    from ..editing import checked_strengths
    from ..images import load_mask
    from ..memory import keep_freed_memory

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
        stages=stages,
        force=force,
    )
    _make_folder(output)
    if not run(request, inputs, output):
        raise typer.Exit(1)


def run(request: Request, inputs: list[Path], output: Path) -> bool:
    """Edit every input, reporting each failure on a line of its own; true if there was none."""
    jobs, problems = (own_share(found) for found in plan(inputs, output, request.stages, request.force))
    written = []
    with progress_bar() as bar:
        for problem in problems:
            report(problem)
        for job in bar.track(jobs, description="editing"):
            try:
                written.append(edit_file(request, job))
            except Exception as error:  # one picture's failure must not cost the others theirs
                report(_naming(job.source, explain(error)))
    for path in written:
        typer.echo(path)
    wait_for_others()
    return not problems and len(written) == len(jobs)


def edit_file(request: Request, job: Job) -> Path:
    """Edit one picture and write its results, the edited picture last.

    Returns:
        The edited picture's path.

    Raises:
        OodError: if the picture cannot be read, edited or written.
    """
    from ..images import read_image
    from ..pipeline import edit as edit_image

    picture = read_image(job.source)
    if request.mask is not None and request.mask.shape[-2:] != picture.image.shape[-2:]:
        sizes = [f"{tensor.shape[-1]}×{tensor.shape[-2]}" for tensor in (request.mask, picture.image)]
        raise ImageError(f"the mask is {sizes[0]}, the picture {sizes[1]} pixels: they must be equal")
    image = picture.image.to(request.device)
    result = edit_image(image, request.bundle, request.strengths, mode=request.mode, mask=request.mask)
    return _write(result, picture, job, request)


def _write(result: EditResult, picture: LoadedImage, job: Job, request: Request) -> Path:
    from ..contact_sheet import labelled_strip
    from ..image_files import write_picture
    from ..images import save_image, save_mask

    force = request.force
    if request.stages:
        save_image(job.target("reconstruction"), result.reconstruction, overwrite=force)
        save_image(job.target("latent_edit"), result.edited, overwrite=force)
        save_mask(job.target("mask"), result.mask, overwrite=force)
        save_image(job.target("coarse"), result.coarse, overwrite=force)
        strip = {
            "input": result.original,
            "inversion": result.reconstruction,
            "latent edit": result.edited,
            "mask": result.mask,
            "composite": result.coarse,
            "result": result.final,
        }
        write_picture(job.target("stages"), labelled_strip(strip), overwrite=force)
    path = job.target("edited")
    save_image(path, result.final, picture.alpha, picture.icc, picture.exif, overwrite=force)
    return path


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


def _naming(source: Path, text: str) -> str:
    return text if str(source) in text else f"{source}: {text}"
