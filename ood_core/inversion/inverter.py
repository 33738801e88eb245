"""Inverter: from a picture to latents. One thing of several kinds, which can be put one behind the other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from ..errors import ShapeError
from ..images import resize_area
from ..progress import Progress
from ..stylegan2 import Generator
from .descent import TOLERANCE, optimise
from .encoder import GradualStyleEncoder
from .flat import FlatStyleEncoder
from .restyle import ReStyleEncoder, invert_in_steps
from .tuning import Tuning, TuningSettings, tune

AnyEncoder = GradualStyleEncoder | FlatStyleEncoder
"""What gives codes relative to the generator's average latent."""

_FROM_AVERAGE = 200  # steps of a descent that no encoder starts: on drawn people it has come to rest by then


class Inverter(Protocol):
    """Anything that finds latents."""

    def __call__(self, image: Tensor, generator: Generator, progress: Progress | None = None) -> Tensor:
        """Find the latents whose picture comes closest to an image.

        Args:
            image: [B, 3, H, W] in [-1, 1], of any size.
            generator: makes pictures of latents; not changed.
            progress: told after each step, where there are several.

        Returns:
            Latents [B, L, D].
        """


def encode(image: Tensor, encoder: AnyEncoder, w_avg: Tensor) -> Tensor:
    """Encode a picture of any size into W+.

    Args:
        image: [B, 3, H, W] in [-1, 1]; averaged down to the encoder's resolution.
        encoder: gives codes relative to `w_avg`.
        w_avg: the generator's average latent, [D] or [L, D].

    Returns:
        Latents [B, L, D].
    """
    return encoder(resize_area(image, encoder.config.input_resolution)) + w_avg


@dataclass(frozen=True, eq=False)
class ByEncoder:
    """One look by a network (pSp, e4e)."""

    encoder: AnyEncoder

    def __call__(self, image: Tensor, generator: Generator, progress: Progress | None = None) -> Tensor:
        """See `Inverter`."""
        return encode(image, self.encoder, generator.mapping.w_avg)


@dataclass(frozen=True, eq=False)
class ByReStyle:
    """Several looks, each at what the last one reached."""

    encoder: ReStyleEncoder

    def __call__(self, image: Tensor, generator: Generator, progress: Progress | None = None) -> Tensor:
        """See `Inverter`."""
        return invert_in_steps(image, self.encoder, generator.mapping.w_avg, generator.synthesis, progress)


@dataclass(frozen=True, eq=False)
class ByDescent:
    """Descent from another inverter's latents, or from the average ones.

    From another's, what is far from its picture hardly counts: those are things. From the average ones
    everything is far.

    Attributes:
        start: where it begins; None for the generator's average latents.
        steps: updates; see `optimise`.
    """

    start: Inverter | None
    steps: int

    def __call__(self, image: Tensor, generator: Generator, progress: Progress | None = None) -> Tensor:
        """See `Inverter`."""
        if self.start is not None:
            latents = self.start(image, generator)
        else:
            shape = (len(image), generator.config.num_styles, generator.config.w_dim)
            latents = generator.mapping.w_avg.expand(shape)
        tolerance = math.inf if self.start is None else TOLERANCE
        return optimise(image, latents, generator, self.steps, progress=progress, tolerance=tolerance)


@dataclass(frozen=True, eq=False)
class ByTuning:
    """Another inverter's latents as a pivot, around which the generator is tuned; see `tuning`.

    Attributes:
        start: gives the pivot.
        settings: of the tuning.
    """

    start: Inverter
    settings: TuningSettings = TuningSettings()

    def __call__(self, image: Tensor, generator: Generator, progress: Progress | None = None) -> Tensor:
        """See `Inverter`."""
        return self.start(image, generator, progress)

    def tune(
        self, image: Tensor, latents: Tensor, generator: Generator, progress: Progress | None = None
    ) -> Tuning:
        """The generator's tuning to images whose latents were found; arguments as `tuning.tune`."""
        return tune(image, latents, generator, self.settings, progress)


def inverter_of(encoder: AnyEncoder | None, refine: int = 0, tuned: int = 0) -> Inverter:
    """The inverter that a bundle's encoder asks for, refined by descent where that is wanted.

    Args:
        encoder: the bundle's; None descends from the average latents.
        refine: steps of descent afterwards; 0 takes the encoder's word.
        tuned: steps by which the generator is then tuned to the picture; 0 leaves it as it is.

    Raises:
        ShapeError: if a number of steps is negative.
    """
    if refine < 0:
        raise ShapeError(f"refine must be 0 or more steps, not {refine}; try 20 to 100.")
    if tuned < 0:
        raise ShapeError(f"tune must be 0 or more steps, not {tuned}; try 30 to 100.")
    if tuned:
        return ByTuning(inverter_of(encoder, refine), TuningSettings(steps=tuned))
    if encoder is None:
        return ByDescent(None, refine or _FROM_AVERAGE)
    restyle = isinstance(encoder, ReStyleEncoder)
    first: Inverter = ByReStyle(encoder) if restyle else ByEncoder(encoder)  # type: ignore[arg-type]
    return ByDescent(first, refine) if refine else first
