"""`ood keep`: somebody else's edit, put back into the original."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import ImageError, OodError
from .clips import CODED_AGAIN
from .console import explain, note, progress_bar, report
from .inputs import KEPT, Job, collect, plan
from .options import (
    Feather,
    Force,
    Format,
    Grow,
    MaskFile,
    MaskMeaning,
    Output,
    Resume,
    Stages,
    Threshold,
    make_folder,
    suffix_of,
)
from .photographs import PICTURES_AGAIN, naming

if TYPE_CHECKING:
    from torch import Tensor

    from ..diffcam import MaskIs, MaskShape
    from ..files.pictures import LoadedImage
    from ..registration import Report
    from ..results import KeepResult

Original = Annotated[
    Path,
    typer.Argument(
        metavar="ORIGINAL", readable=False, help="The photograph or clip, or a folder of photographs."
    ),
]
Edited = Annotated[
    Path,
    typer.Argument(
        metavar="EDITED", readable=False, help="What an editor made of it, or a folder of files named alike."
    ),
]
Reference = Annotated[
    Path | None,
    typer.Option(readable=False, help="What the editor makes of the original without an edit, or a folder."),
]
JsonFile = Annotated[Path | None, typer.Option("--json", help="Also write the reports into this file.")]


@dataclass(frozen=True)
class Wish:
    """What is the same for every pair of one command; see `pipeline.keep`."""

    mask: Tensor | None
    mask_is: MaskIs
    shape: MaskShape
    stages: bool
    force: bool


def keep(
    original: Original,
    edited: Edited,
    mask: MaskFile = None,
    mask_is: MaskMeaning = "limit",
    reference: Reference = None,
    threshold: Threshold = None,
    grow: Grow = 0.0,
    feather: Feather = 0.0,
    output: Output = Path("output"),
    file_format: Format = "same",
    stages: Stages = False,
    json_file: JsonFile = None,
    force: Force = False,
    resume: Resume = False,
) -> None:
    """Keep the photograph, and take only the edit from what any editor made of it.

    Writes <original>_kept in the original's size, depth and, unless told otherwise, format. Two folders pair
    by the files' names. Two clips pair frame by frame, and the edit keeps still.
    """
    from ..diffcam import MaskShape
    from ..files.pictures import load_mask

    if force and resume:
        raise OodError("--force overwrites results, --resume keeps them: give one of the two")
    if json_file is not None and json_file.exists() and not force:
        raise ImageError(f"{json_file}: already exists; --force overwrites it")
    wish = Wish(
        mask=None if mask is None else load_mask(mask),
        mask_is=mask_is,
        shape=MaskShape(threshold, grow, feather),
        stages=stages,
        force=force or resume,
    )
    planned = plan([original], output, stages, force, suffix_of(file_format), resume, KEPT)
    make_folder(output)
    partners, references = _partners(original, edited), _partners(original, reference)
    reports, failed = _keep_all(planned.jobs, partners, references, wish, planned.problems)
    if json_file is not None:
        _write_json(json_file, reports)
    if planned.done:
        count = len(planned.done)
        note(f"{count} picture{'s were' if count > 1 else ' was'} done before")
    for text in planned.left_out:
        note(text)
    if failed:
        raise typer.Exit(1)


def _keep_all(
    jobs: list[Job],
    partners: dict[str, Path],
    references: dict[str, Path],
    wish: Wish,
    problems: list[str],
) -> tuple[dict[str, Any], bool]:
    """Every pair; the reports by file, and whether one of them failed."""
    reports: dict[str, Any] = {}
    notes: dict[str, None] = {}
    failed = bool(problems)
    with progress_bar() as bar:
        for problem in problems:
            report(problem)
        for job in bar.track(jobs, description="keeping"):
            try:
                keep_job = _keep_clip if job.is_clip else _keep_one
                reports[str(job.source)] = keep_job(job, partners, references, wish, notes)
            except Exception as error:  # one pair's failure must not cost the others theirs
                report(naming(job.source, explain(error)))
                failed = True
    for text in notes:
        note(text)
    for path in (job.target(KEPT.result) for job in jobs if str(job.source) in reports):
        typer.echo(path)
    return reports, failed


def _keep_one(
    job: Job, partners: dict[str, Path], references: dict[str, Path], wish: Wish, notes: dict[str, None]
) -> dict[str, Any]:
    """Read, keep, write; the report."""
    from ..files.pictures import load_image, read_image, save_like
    from ..pipeline import keep

    file, edited = read_image(job.source), load_image(_partner(job, partners, "edited picture"))
    reference = load_image(_partner(job, references, "reference")) if references else None
    if wish.mask is not None and wish.mask.shape[-2:] != file.image.shape[-2:]:
        sizes = [f"{tensor.shape[-1]}×{tensor.shape[-2]}" for tensor in (wish.mask, file.image)]
        raise ImageError(f"the mask is {sizes[0]}, the picture {sizes[1]} pixels: they must be equal")
    kept = keep(file.image, edited, wish.mask, wish.mask_is, reference, shape=wish.shape)
    if wish.stages:
        _write_stages(job, file, edited, kept, wish.force)
    path = job.target(KEPT.result)
    lost = save_like(path, kept.result, file, overwrite=wish.force)
    notes.update(dict.fromkeys(f"{job.source}: {text}" for text in kept.report.notes))
    if lost:
        notes[f"{path} does not keep {', '.join(lost)} of {job.source}"] = None
    if path.suffix.lower() in (".jpg", ".jpeg"):
        notes[PICTURES_AGAIN] = None
    return {"result": str(path), **asdict(kept.report)}


def _keep_clip(
    job: Job, partners: dict[str, Path], references: dict[str, Path], wish: Wish, notes: dict[str, None]
) -> dict[str, Any]:
    """Read, keep, write, frame by frame; the reports."""
    from ..files.clips import Clip, write_clip
    from ..kept_clips import keep_clip

    clip, edited = Clip(job.source), Clip(_partner(job, partners, "edited clip"))
    reference = Clip(_partner(job, references, "reference")) if references else None
    reports: list[Report] = []

    def results() -> Iterator[Tensor]:
        for kept in keep_clip(clip, edited, wish.mask, wish.mask_is, reference, shape=wish.shape):
            reports.append(kept.report)
            yield kept.result

    path = job.target(KEPT.result)
    lost = write_clip(path, results(), clip, overwrite=wish.force)
    notes.update(dict.fromkeys(f"{job.source}: {text}" for each in reports for text in each.notes))
    if lost:
        notes[f"{path} does not keep {', '.join(lost)} of {job.source}"] = None
    if wish.stages:
        notes[f"{job.source}: --stages writes nothing for clips"] = None
    notes[CODED_AGAIN] = None
    return {"result": str(path), "frames": [asdict(each) for each in reports]}


def _write_stages(job: Job, file: LoadedImage, edited: Tensor, kept: KeepResult, overwrite: bool) -> None:
    from ..files.formats import write_picture
    from ..files.pictures import save_image, save_mask
    from ..files.sheets import labelled_strip

    registered = kept.registered
    save_image(job.target("registered"), registered, overwrite=overwrite)
    save_mask(job.target("mask"), kept.mask, overwrite=overwrite)
    row = {"original": file.image, "edited": edited, "registered": registered}
    strip = labelled_strip({**row, "mask": kept.mask, "result": kept.result})
    write_picture(job.target("stages"), strip, overwrite=overwrite)


def _partners(original: Path, other: Path | None) -> dict[str, Path]:
    """The pictures that belong to originals, by the originals' stems; one file is everyone's, under ""."""
    if other is None:
        return {}
    if not original.is_dir() or not other.is_dir():
        if other.is_dir():
            raise ImageError(f"{other}: is a folder, and {original} is not; name two pictures or two folders")
        return {"": other}
    pictures, problems = collect([other])
    if problems and not pictures:
        raise ImageError(problems[0])
    return {picture.stem.casefold(): picture for picture in pictures}


def _partner(job: Job, partners: dict[str, Path], what: str) -> Path:
    found = partners.get("", partners.get(job.source.stem.casefold()))
    if found is None:
        raise ImageError(f"there is no {what} named {job.source.stem}; give it the original's name")
    return found


def _write_json(path: Path, reports: dict[str, Any]) -> None:
    from ..files.whole import written_whole

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as partial:
            partial.write_text(json.dumps(reports, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise ImageError(f"{path}: cannot be written ({error.strerror}); choose another --json") from error
