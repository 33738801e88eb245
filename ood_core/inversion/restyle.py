"""ReStyle: an encoder that looks at what it has reached so far and says what is still missing.

Alaluf et al., "ReStyle: A Residual-Based StyleGAN Encoder via Iterative Refinement", ICCV 2021, §3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from ..errors import ShapeError
from ..images import resize_area
from ..progress import Progress
from .encoder import EncoderConfig, GradualStyleEncoder


@dataclass(frozen=True)
class ReStyleConfig(EncoderConfig):
    """Sizes of a ReStyleEncoder. The defaults are those published for faces of 1024 px.

    Attributes:
        iterations: how often the generator's picture is compared and the latents corrected.
    """

    in_channels: int = 6
    coarse: int = 18
    middle: int = 18
    iterations: int = 5

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.in_channels != 6:
            raise ShapeError(
                f"A ReStyle encoder reads two pictures, 6 channels, not in_channels {self.in_channels}."
            )
        if self.iterations < 1:
            raise ShapeError(f"A ReStyle encoder's iterations must be at least 1, not {self.iterations}.")


class ReStyleEncoder(GradualStyleEncoder):
    """A picture and, below it, what has been reached, [B,6,R,R], to the step from there: [B,L,D]."""

    kind: ClassVar[str] = "encoder/restyle"
    config_type: ClassVar[type[EncoderConfig]] = ReStyleConfig

    config: ReStyleConfig


def invert_in_steps(
    image: Tensor,
    encoder: ReStyleEncoder,
    w_avg: Tensor,
    synthesis: Callable[[Tensor], Tensor],
    progress: Progress | None = None,
) -> Tensor:
    """Start from the average latent and its picture, and let the encoder correct them (§3.2).

    Args:
        image: [B,3,H,W] in [-1,1]; averaged down to the encoder's resolution.
        encoder: says how many steps.
        w_avg: the generator's average latent, [D] or [L,D].
        synthesis: latents [B,L,D] -> the generator's picture, of any size.
        progress: told after each step.

    Returns:
        Latents [B,L,D].
    """
    config = encoder.config
    small = resize_area(image, config.input_resolution)
    latents = w_avg.expand(1, config.n_styles, config.style_dim)  # one average picture serves all samples
    for step in range(config.iterations):
        reached = resize_area(synthesis(latents), config.input_resolution).expand_as(small)
        latents = latents + encoder(torch.cat([small, reached], dim=1))
        if progress is not None:
            progress(step + 1, config.iterations, "inverting")
    return latents
