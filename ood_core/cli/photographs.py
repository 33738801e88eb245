"""Photographs one after the other: read, looked at, edited in batches, written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ..errors import BundleError, ImageError, NoFaceError
from .clips import CODED_AGAIN, edit_clip
from .console import explain, note, progress_bar, report
from .inputs import Job, plan
from .processes import own_share, wait_for_others
from .request import Request

if TYPE_CHECKING:
    from torch import Tensor

    from ..alignment import Crop, Faces
    from ..files.pictures import LoadedImage
    from ..results import Edit
    from ..sources import Inverted

_PIXELS = 16_000_000  # of photographs held while a batch fills
PICTURES_AGAIN = (
    "JPEGs are coded again, with their own tables, which changes pixels a little everywhere; "
    "--format png keeps every pixel outside the edit"
)


@dataclass(frozen=True)
class Read:
    """A photograph that was read and looked at.

    Attributes:
        job: which.
        file: its pixels and metadata.
        crops: where it is edited.
        faces: what was found there; None where nobody looked.
        request: with the bundle that suits it.
        seen: a first look at the crops.
        foresight: what is to be said before any work.
    """

    job: Job
    file: LoadedImage
    crops: tuple[Crop, ...]
    faces: Faces | None
    request: Request
    seen: Inverted | None
    foresight: tuple[str, ...] = ()


def run(request: Request, inputs: Sequence[str | Path], output: Path) -> bool:
    """Edit every input, reporting each failure on a line of its own; true if there was none."""
    from ..alignment import FOR_ALL

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
    pictures = {picture.name for picture in (*(job.source for job in planned.jobs), *planned.done)}
    if request.given and not pictures & set(request.given) and FOR_ALL not in request.given:
        note(f"--landmarks speaks of {', '.join(request.given)}, which is none of the pictures")
    for text in (*planned.left_out, *notes):
        note(text)
    for path in written:
        typer.echo(path)
    wait_for_others()
    return not problems and len(written) == len(jobs)


def _edit_clip(request: Request, job: Job, notes: dict[str, None]) -> list[Path]:
    try:
        path = edit_clip(request, job, notes)
    except Exception as error:
        report(naming(job.source, _advised(error)))
        return []
    notes[CODED_AGAIN] = None
    return [path]


def _batches(request: Request, jobs: list[Job]) -> Iterator[list[Read | None]]:
    """Photographs that are edited together; in place of one that cannot be read, None."""
    from ..sources import batch_size

    batch: list[Read | None] = []
    squares = pixels = 0
    for job in jobs:
        try:
            read = read_photograph(request, job)
        except Exception as error:  # one picture's failure must not cost the others theirs
            report(naming(job.source, _advised(error)))
            batch.append(None)
            continue
        for text in read.foresight:
            note(naming(job.source, text))
        if any(other is not None and other.request is not read.request for other in batch):
            yield batch
            batch, squares, pixels = [], 0, 0
        batch.append(read)
        squares += len(read.crops)
        pixels += read.file.image[0, 0].numel()
        if squares >= batch_size(request.bundle.resolution) or pixels >= _PIXELS:
            yield batch
            batch, squares, pixels = [], 0, 0
    yield batch


def read_photograph(request: Request, job: Job) -> Read:
    """Read one picture and find its faces.

    Raises:
        OodError: if it cannot be read, has no face, not the size of the mask, or no installed bundle knows
            such pictures and the user chose none.
    """
    from ..alignment import FOR_ALL
    from ..bundle.pictures import left_alone
    from ..choosing import first_look, foretold, photographed
    from ..files.pictures import read_image
    from ..pipeline import find_crops

    file = read_image(job.source)
    if request.mask is not None and request.mask.shape[-2:] != file.image.shape[-2:]:
        sizes = [f"{tensor.shape[-1]}×{tensor.shape[-2]}" for tensor in (request.mask, file.image)]
        raise ImageError(f"the mask is {sizes[0]}, the picture {sizes[1]} pixels: they must be equal")
    request, why = request.suited(file.image)
    found = request.given.get(job.source.name, request.given.get(FOR_ALL))
    if found is None and request.detector is not None:
        found = request.detector(file.image.to(request.bundle.generator.mapping.w_avg))
    given = None if found is None else [found]
    where = (request.face, request.align, given, None)
    try:
        crops = find_crops(file.image, request.bundle, *where, request.faceless)
    except NoFaceError:
        if request.faceless != "keep":
            raise
        crops = ()
    seen = first_look(crops, request.bundle)
    if not request.named and photographed(seen):
        raise BundleError(left_alone(request.bundle))
    told = [*([why] if why else []), *foretold(seen).values()]
    return Read(job, file, crops, found, request, seen, tuple(told))


def _edit(request: Request, batch: list[Read], notes: dict[str, None]) -> list[Path]:
    """Edit and write a batch; where that fails, its photographs one by one: only what failed is lost."""
    from ..inversion import inverter_of
    from ..pipeline import edit_crops
    from ..sources import together

    written = [path for read in batch if not read.crops for path in _copy(read, request, notes)]
    batch = [read for read in batch if read.crops]
    if not batch:
        return written
    request = batch[0].request
    crops = [replace(crop, number=number) for number, read in enumerate(batch) for crop in read.crops]
    how = request.how | {"inverter": inverter_of(request.bundle.encoder, request.refine, request.tune)}
    looks = [read.seen for read in batch if read.seen is not None]
    seen = together(looks) if len(looks) == len(batch) else None
    try:
        done = edit_crops(crops, request.bundle, request.edits, seen=seen, **how)
    except Exception as error:
        if len(batch) > 1:
            return written + [path for read in batch for path in _edit(request, [read], notes)]
        report(naming(batch[0].job.source, explain(error)))
        return written
    for number, read in enumerate(batch):
        try:
            written.append(_write(done, number, read, request, notes))
        except Exception as error:
            report(naming(read.job.source, explain(error)))
    return written


def _copy(read: Read, request: Request, notes: dict[str, None]) -> list[Path]:
    """A picture without a face, as it is."""
    from ..files.pictures import save_like

    path = read.job.target("result")
    try:
        save_like(path, read.file.image, read.file, overwrite=request.force)
    except Exception as error:
        report(naming(read.job.source, explain(error)))
        return []
    notes[f"{read.job.source}: no face was found, so the picture is as it was"] = None
    return [path]


def _write(done: Edit, number: int, read: Read, request: Request, notes: dict[str, None]) -> Path:
    """Write a photograph's results, the edited picture last.

    Returns:
        The edited picture's path.
    """
    from ..files.pictures import save_like

    if request.stages:
        _write_stages(done, number, read, request.force or request.resume)
    path = read.job.target("result")
    told = (text for text in done.notes_on(number) if text not in read.foresight)
    notes.update(dict.fromkeys(f"{read.job.source}: {text}" for text in told))
    lost = save_like(path, done.results[number], read.file, overwrite=request.force)
    if lost:
        notes[f"{path} does not keep {', '.join(lost)} of {read.job.source}"] = None
    if path.suffix.lower() in (".jpg", ".jpeg"):
        notes[PICTURES_AGAIN] = None
    return path


def _write_stages(done: Edit, number: int, read: Read, overwrite: bool) -> None:
    """Every stage's picture; of several faces side by side."""
    from ..alignment import draw_faces, draw_squares
    from ..files.formats import write_picture
    from ..files.pictures import save_image, save_mask
    from ..files.sheets import labelled_strip

    picture = read.crops[0].picture
    shown = picture if read.faces is None else draw_faces(picture, read.faces)
    shown = draw_squares(shown, [crop.place for crop in read.crops])
    which = [index for index, crop in enumerate(done.pair.crops) if crop.number == number]
    between = {
        "reconstruction": _in_a_row(done.reconstruction, which),
        "edited": _in_a_row(done.edited, which),
        "coarse": _in_a_row(done.coarse, which),
    }
    for name, stage in {"faces": shown, **between}.items():
        save_image(read.job.target(name), stage, overwrite=overwrite)
    mask, result = done.changes[number], done.results[number]
    save_mask(read.job.target("mask"), mask, overwrite=overwrite)
    original = picture if read.faces is None else shown
    strip = {"original": original, **between, "mask": mask, "result": result}
    order = ("original", "reconstruction", "edited", "mask", "coarse", "result")
    row = labelled_strip({name: strip[name] for name in order})
    write_picture(read.job.target("stages"), row, overwrite=overwrite)


def _in_a_row(squares: Tensor, which: Sequence[int]) -> Tensor:
    import torch

    return torch.cat([squares[index : index + 1] for index in which], dim=-1)


def _advised(error: Exception) -> str:
    """What went wrong, with the options that help."""
    text = explain(error)
    return f"{text} (--landmarks FILE, --align never)" if isinstance(error, NoFaceError) else text


def naming(source: Path, text: str) -> str:
    """A line that names the file it is about."""
    return text if str(source) in text else f"{source}: {text}"
