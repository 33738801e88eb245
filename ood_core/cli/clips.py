"""Clips: one face of each is followed and edited through all of its frames."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import FaceError
from .inputs import Job

if TYPE_CHECKING:
    from torch import Tensor

    from .photographs import Request

CODED_AGAIN = "clips are coded again, which changes pixels a little everywhere; their sound is copied"


def edit_clip(request: Request, job: Job) -> Path:
    """Edit one clip and write it.

    Returns:
        The edited clip's path.

    Raises:
        OodError: if it cannot be read, shows no face, or the options do not fit clips.
    """
    from ..files.clips import Clip, write_clip
    from ..frames import edit_frames

    detector = request.detector
    if detector is None or request.face == "all" or request.mask is not None or request.given:
        raise FaceError(
            f"{job.source}: of a clip one face is followed, so --align never, --face all, --mask and "
            "--landmarks do not go with it"
        )
    clip, target = Clip(job.source), job.target("edited")

    def results() -> Iterator[Tensor]:
        edits = (request.bundle, request.strengths, detector, request.face, request.mode)
        for result in edit_frames(clip, *edits):
            yield result.final

    write_clip(target, results(), clip, overwrite=request.force)
    return target
