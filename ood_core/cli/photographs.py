"""Photographs one after the other: read, looked at, edited in batches, written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from ..errors import ImageError, NoFaceError
from .clips import CODED_AGAIN, edit_clip
from .console import explain, note, progress_bar, report
from .inputs import Job, plan
from .processes import own_share, wait_for_others

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from ..alignment import Detector, Faces
    from ..bundle import Bundle
    from ..files.pictures import LoadedImage
    from ..photographs import Aligning, Photograph, PhotoResult

_PIXELS = 16_000_000  # of photographs held while a batch fills
_CODED_AGAIN = (
    "JPEGs are coded again, with their own tables, which changes pixels a little everywhere; "
    "--format png keeps every pixel outside the edit"
)


@dataclass(frozen=True)
class Request:
    """What is the same for every picture of one command.

    Attributes:
        bundle: on `device`.
        strengths: attribute name → strength.
        mode: which quality.
        mask: [1,1,H,W] in [0,1] instead of the computed one, or None.
        device: where to compute.
        align: when faces are cut out upright.
        face: which of them.
        detector: finds them; None with ``align="never"``.
        given: file name → faces that need not be found.
        stages: also write what lies between input and result.
        suffix: of the edited pictures' files; None for each input's own.
        force: overwrite results.
        resume: leave out pictures whose results are there.
    """

    bundle: Bundle
    strengths: dict[str, float]
    mode: Literal["faithful", "paper"]
    mask: Tensor | None
    device: torch.device
    align: Aligning
    face: str
    detector: Detector | None
    given: Mapping[str, Faces]
    stages: bool
    suffix: str | None
    force: bool
    resume: bool


@dataclass(frozen=True)
class Read:
    """A photograph that was read and looked at."""

    job: Job
    file: LoadedImage
    photograph: Photograph


def run(request: Request, inputs: list[Path], output: Path) -> bool:
    """Edit every input, reporting each failure on a line of its own; true if there was none."""
    planned = plan(inputs, output, request.stages, request.force, request.suffix, request.resume)
    problems, jobs, done = (own_share(part) for part in (planned.problems, planned.jobs, planned.done))
    written: list[Path] = []
    notes: dict[str, None] = {}
    with progress_bar() as bar:
        for problem in problems:
            report(problem)
        task = bar.add_task("editing", total=len(jobs))
        for job in (job for job in jobs if job.is_clip):
            written += _edit_clip(request, job, notes)
            bar.advance(task)
        for batch in _batches(request, [job for job in jobs if not job.is_clip]):
            written += _edit(request, [read for read in batch if isinstance(read, Read)], notes)
            bar.advance(task, len(batch))
    if done:
        count = len(done)
        note(f"{count} picture{'s were' if count > 1 else ' was'} edited before")
    for text in notes:
        note(text)
    for path in written:
        typer.echo(path)
    wait_for_others()
    return not problems and len(written) == len(jobs)


def _edit_clip(request: Request, job: Job, notes: dict[str, None]) -> list[Path]:
    try:
        path = edit_clip(request, job)
    except Exception as error:
        report(_naming(job.source, _advised(error)))
        return []
    notes[CODED_AGAIN] = None
    return [path]


def _batches(request: Request, jobs: list[Job]) -> Iterator[list[Read | None]]:
    """Photographs that are edited together; in place of one that cannot be read, None."""
    from ..photographs import batch_size

    batch: list[Read | None] = []
    squares = pixels = 0
    for job in jobs:
        try:
            read = read_photograph(request, job)
        except Exception as error:  # one picture's failure must not cost the others theirs
            report(_naming(job.source, _advised(error)))
            batch.append(None)
            continue
        batch.append(read)
        squares += len(read.photograph.alignments)
        pixels += read.file.image[0, 0].numel()
        if squares >= batch_size(request.bundle.resolution) or pixels >= _PIXELS:
            yield batch
            batch, squares, pixels = [], 0, 0
    yield batch


def read_photograph(request: Request, job: Job) -> Read:
    """Read one picture and find its faces.

    Raises:
        OodError: if it cannot be read, has no face, or not the size of the mask.
    """
    from ..alignment import FOR_ALL
    from ..files.pictures import read_image
    from ..photographs import place_faces

    file = read_image(job.source)
    if request.mask is not None and request.mask.shape[-2:] != file.image.shape[-2:]:
        sizes = [f"{tensor.shape[-1]}×{tensor.shape[-2]}" for tensor in (request.mask, file.image)]
        raise ImageError(f"the mask is {sizes[0]}, the picture {sizes[1]} pixels: they must be equal")
    picture = file.image.to(request.device)
    found = request.given.get(job.source.name, request.given.get(FOR_ALL))
    if found is None and request.detector is not None:
        found = request.detector(picture)
    return Read(job, file, place_faces(picture, request.bundle.frame, found, request.face, request.align))


def _edit(request: Request, batch: list[Read], notes: dict[str, None]) -> list[Path]:
    """Edit and write a batch; where that fails, its photographs one by one: only what failed is lost."""
    from ..photographs import edit_photographs

    if not batch:
        return []
    photographs = [read.photograph for read in batch]
    try:
        results = edit_photographs(photographs, request.bundle, request.strengths, request.mode, request.mask)
    except Exception as error:
        if len(batch) > 1:
            return [path for read in batch for path in _edit(request, [read], notes)]
        report(_naming(batch[0].job.source, explain(error)))
        return []
    written = []
    for read, result in zip(batch, results, strict=True):
        try:
            written.append(_write(result, read, request, notes))
        except Exception as error:
            report(_naming(read.job.source, explain(error)))
    return written


def _write(result: PhotoResult, read: Read, request: Request, notes: dict[str, None]) -> Path:
    """Write a photograph's results, the edited picture last.

    Returns:
        The edited picture's path.
    """
    from ..files.pictures import save_like

    if request.stages:
        _write_stages(result, read.job, request.force or request.resume)
    path = read.job.target("edited")
    _note_held_back(result, read.job, request, notes)
    lost = save_like(path, result.final, read.file, overwrite=request.force)
    if lost:
        notes[f"{path} does not keep {', '.join(lost)} of {read.job.source}"] = None
    if path.suffix.lower() in (".jpg", ".jpeg"):
        notes[_CODED_AGAIN] = None
    return path


def _note_held_back(result: PhotoResult, job: Job, request: Request, notes: dict[str, None]) -> None:
    """Say so where little of an edit arrives: nobody should have to guess why."""
    from ..diffcam import held_back, why_held_back

    if request.mode == "paper" or request.mask is not None:
        return
    squares, bundle = result.squares, request.bundle
    left_out = held_back(squares.original, squares.reconstruction, squares.edited, bundle.mask_settings)
    if why := why_held_back(float(left_out.max()), bundle.name):
        notes[f"{job.source}: {why}"] = None


def _write_stages(result: PhotoResult, job: Job, overwrite: bool) -> None:
    """Every stage's picture; of several faces side by side."""
    import torch

    from ..alignment import draw_faces, draw_squares
    from ..files.formats import write_picture
    from ..files.pictures import save_image, save_mask
    from ..files.sheets import labelled_strip

    def in_a_row(squares: Tensor) -> Tensor:
        return torch.cat(list(squares.split(1)), dim=-1)

    photo, squares = result.photograph, result.squares
    shown = photo.picture if photo.faces is None else draw_faces(photo.picture, photo.faces)
    shown = draw_squares(shown, photo.alignments)
    between = {
        "reconstruction": in_a_row(squares.reconstruction),
        "latent_edit": in_a_row(squares.edited),
        "coarse": in_a_row(squares.coarse),
    }
    for name, picture in {"faces": shown, **between}.items():
        save_image(job.target(name), picture, overwrite=overwrite)
    save_mask(job.target("mask"), result.mask, overwrite=overwrite)
    strip = {
        "input": photo.picture if photo.faces is None else shown,
        "inversion": between["reconstruction"],
        "latent edit": between["latent_edit"],
        "mask": result.mask,
        "composite": between["coarse"],
        "result": result.final,
    }
    write_picture(job.target("stages"), labelled_strip(strip), overwrite=overwrite)


def _advised(error: Exception) -> str:
    """What went wrong, with the options that help."""
    text = explain(error)
    return f"{text} (--landmarks FILE, --align never)" if isinstance(error, NoFaceError) else text


def _naming(source: Path, text: str) -> str:
    return text if str(source) in text else f"{source}: {text}"
