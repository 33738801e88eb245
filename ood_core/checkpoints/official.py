"""The published files by their parts' names; see `importing.import_files`."""

from __future__ import annotations

from pathlib import Path

from ..editing.formats import Norm
from ..progress import Progress
from .importing import Imported, Wishes, import_files


def import_official(
    psp: str | Path,
    diffcam: str | Path,
    deghosting: str | Path,
    directions: str | Path,
    output: str | Path,
    classes: str | Path | None = None,
    norm: Norm = "total",
    half: bool = False,
    variant: str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Imported:
    """Make a bundle of the three published files and their directions, exactly as they are.

    Args:
        psp, diffcam, deghosting: the weight files; a file of e4e or ReStyle can take pSp's place.
        directions: a file or folder of directions.
        output, overwrite, progress: as `import_files`.
        classes, norm, half, variant: as `Wishes`.

    Raises:
        CheckpointError: as `import_files`.
    """
    wishes = Wishes(classes, norm, half, variant, finish=False)
    return import_files([psp, diffcam, deghosting, directions], output, wishes, overwrite, progress)
