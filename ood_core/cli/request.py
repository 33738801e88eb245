"""What is the same for every picture of one `ood edit`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from ..errors import OodError

if TYPE_CHECKING:
    from torch import Tensor

    from ..alignment import Aligning, Detector, Faceless, Faces
    from ..bundle import Bundle
    from ..choosing import Chooser
    from ..diffcam import MaskIs, MaskSettings, MaskShape


@dataclass(frozen=True)
class Request:
    """One command.

    Attributes:
        bundle: on the device that was chosen.
        choose: another request of the same command, with the bundle that a picture needs; None where the
            user named the bundle.
        edits, mode, mask, mask_is, shape, settings, refine, tune, directions, face, align, faceless,
            detector: as `pipeline.edit`.
        given: file name → faces that need not be found.
        stages: also write what lies between input and result.
        suffix: of the results' files; None for each input's own.
        force: overwrite results.
        resume: skip pictures whose results are there.
        named: whether the user named the bundle: then it edits photographs, too, that it does not know.
    """

    bundle: Bundle
    edits: dict[str, float]
    mode: str
    mask: Tensor | None
    mask_is: MaskIs
    shape: MaskShape
    settings: MaskSettings | None
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
    named: bool
    choose: Callable[[Tensor], tuple[Request, str]] | None = None

    def suited(self, picture: Tensor) -> tuple[Request, str]:
        """The request for a picture [1, 3, H, W], and why it got its bundle; "" where nobody chose."""
        return (self, "") if self.choose is None else self.choose(picture)

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


def by_picture(chooser: Chooser, with_bundle: Callable[[Bundle], Request]) -> Request:
    """One request for all pictures, each of which gets the bundle that it needs.

    Args:
        chooser: among which bundles.
        with_bundle: the command with a bundle; raises where that cannot do what was asked for.

    Raises:
        OodError: the first bundle's, if none of them can do it.
    """
    made = cache(lambda name: with_bundle(chooser.bundle(name)))
    failed: list[OodError] = []
    for name in (*chooser.names("drawing"), *chooser.names("photograph")):
        try:
            first = made(name)
            break
        except OodError as error:
            failed.append(error)
    else:
        raise failed[0]

    def choose(picture: Tensor) -> tuple[Request, str]:
        choice = chooser(picture)
        return made(choice.name), choice.why

    return replace(first, choose=choose)
