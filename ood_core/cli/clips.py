"""Clips: one face of each is followed and edited through all of its frames."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import FaceError
from .console import note
from .inputs import Job

if TYPE_CHECKING:
    from torch import Tensor

    from .request import Request

CODED_AGAIN = "clips are coded again, which changes pixels a little everywhere; their sound is copied"


def edit_clip(request: Request, job: Job, notes: dict[str, None]) -> Path:
    """Edit one clip and write it; what is to be said of it goes to ``notes``.

    Returns:
        The result's path.

    Raises:
        OodError: if it cannot be read, shows no face, or the options do not fit clips.
    """
    from ..clips import edit_clip
    from ..files.clips import Clip, write_clip

    if request.given:
        raise FaceError(f"{job.source}: the faces of clips are looked for; leave --landmarks out")
    clip, target = Clip(job.source), job.target("result")
    first = next(iter(clip), None) if request.choose is not None else None
    if first is not None:
        request, why = request.suited(first)
        note(f"{job.source}: {why}")

    def results() -> Iterator[Tensor]:
        where = {"face": request.face, "align": request.align, "detector": request.detector}
        how = request.how | where | {"refine": request.refine, "tune": request.tune}
        for done in edit_clip(clip, request.bundle, request.edits, **how):
            notes.update(dict.fromkeys(f"{job.source}: {text}" for text in done.pair.notes))
            yield done.result

    lost = write_clip(target, results(), clip, overwrite=request.force)
    if lost:
        notes[f"{target} does not keep {', '.join(lost)} of {job.source}"] = None
    return target
