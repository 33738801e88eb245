"""How a face lies in a bundle's pictures."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

from ..errors import BundleError


@dataclass(frozen=True)
class Frame:
    """How a face lies in the bundle's square pictures; the defaults are FFHQ's (Karras et al. 2019, app. C).

    With e the vector from eye to eye and m the one from their middle to the middle of the mouth corners, the
    square's half side is max(eyes·|e|, mouth·|m|), its centre the eyes' middle + down·m, and its x axis
    points along e − (−m.y, m.x).

    Attributes:
        eyes: half side in distances between the eyes.
        mouth: half side in distances from eyes to mouth.
        down: from the eyes' middle to the square's centre, in distances from eyes to mouth.
        spread: how far the corners of that square lie from the picture's, in sides, where the bundle's own
            pictures differ most: a face this near to its place counts as aligned.
    """

    eyes: float = 2.0
    mouth: float = 1.8
    down: float = 0.1
    spread: float = 0.08

    def __post_init__(self) -> None:
        finite = all(math.isfinite(number) for number in dataclasses.astuple(self))
        if not finite or min(self.eyes, self.mouth) <= 0 or self.spread < 0:
            raise BundleError(f"frame: eyes and mouth must be positive, all numbers finite: {self}")
