"""What is the same for every picture of one `ood edit`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

    from ..alignment import Aligning, Detector, Faceless, Faces
    from ..bundle import Bundle
    from ..diffcam import MaskIs, MaskSettings, MaskShape


@dataclass(frozen=True)
class Request:
    """One command.

    Attributes:
        bundle: on the device that was chosen.
        edits, mode, mask, mask_is, shape, settings, refine, tune, directions, face, align, faceless,
            detector: as `pipeline.edit`.
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
    mask_is: MaskIs
    shape: MaskShape
    settings: MaskSettings
    refine: int
    tune: int
    directions: Mapping[str, Tensor]
    face: str
    align: Aligning
    faceless: Faceless
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
            "mask_is": self.mask_is,
            "directions": self.directions,
            "shape": self.shape,
            "settings": self.settings,
        }
