"""What is the same for every picture of one `ood edit`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

    from ..alignment import Aligning, Detector, Faces
    from ..bundle import Bundle
    from ..diffcam import MaskSettings, MaskShape


@dataclass(frozen=True)
class Request:
    """One command.

    Attributes:
        bundle: on the device that was chosen.
        edits, mode, mask, shape, settings, refine, tune, directions, face, align, detector: as
            `pipeline.edit`.
        given: file name → faces that need not be found.
        stages: also write what lies between input and result.
        suffix: of the results' files; None for each input's own.
        force: overwrite results.
        resume: skip pictures whose results are there.
    """

    bundle: Bundle
    edits: dict[str, float]
    mode: str
    mask: Tensor | None
    shape: MaskShape
    settings: MaskSettings
    refine: int
    tune: int
    directions: Mapping[str, Tensor]
    face: str
    align: Aligning
    detector: Detector | None
    given: Mapping[str, Faces]
    stages: bool
    suffix: str | None
    force: bool
    resume: bool

    @property
    def how(self) -> dict[str, Any]:
        """What pictures and clips are edited with alike."""
        return {
            "mode": self.mode,
            "mask": self.mask,
            "directions": self.directions,
            "shape": self.shape,
            "settings": self.settings,
        }
