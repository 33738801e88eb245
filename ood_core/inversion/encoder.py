"""GradualStyleEncoder: an image to one latent a style, through a feature pyramid.

Richardson et al., "Encoding in Style: a StyleGAN Encoder for Image-to-Image Translation" (pSp), CVPR 2021,
§3.1. Tov et al., "Designing an Encoder for StyleGAN Image Manipulation" (e4e), SIGGRAPH 2021, §4.1, use the
same tensors and read them as offsets.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import ShapeError
from ..stylegan2.layers import FullyConnected
from .irse import Trunk


@dataclass(frozen=True)
class EncoderConfig:
    """Sizes of a GradualStyleEncoder. The defaults are pSp's for a generator of 1024 px.

    Attributes:
        input_resolution: side of the square input in pixels, a multiple of 16.
        in_channels: 3, or 6 where a previous reconstruction is stacked onto the image.
        stem: channels of the first convolution, which keeps the full size.
        widths, depths: channels and blocks of the four stages; each stage halves the size.
        n_styles, style_dim: L and D of the latents.
        coarse, middle: styles below `coarse` read the last stage, those below `middle` the pyramid's second
            level, the others its finest. Where no style is above `coarse` there is no pyramid (ReStyle).
        offsets: the later styles are offsets from the first one (e4e), not codes of their own (pSp).
    """

    input_resolution: int = 256
    in_channels: int = 3
    stem: int = 64
    widths: tuple[int, ...] = (64, 128, 256, 512)
    depths: tuple[int, ...] = (3, 4, 14, 3)
    n_styles: int = 18
    style_dim: int = 512
    coarse: int = 3
    middle: int = 7
    offsets: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "widths", tuple(self.widths))
        object.__setattr__(self, "depths", tuple(self.depths))
        if self.input_resolution < 16 or self.input_resolution % 16:
            raise ShapeError(
                f"An encoder's input_resolution must be a multiple of 16, not {self.input_resolution}."
            )
        if len(self.widths) != 4 or len(self.depths) != 4:
            raise ShapeError(
                f"An encoder has four stages, not widths {self.widths} and depths {self.depths}."
            )
        if min(self.in_channels, self.stem, self.style_dim, self.n_styles, *self.widths, *self.depths) < 1:
            raise ShapeError(f"An encoder's channels and depths must be at least 1: {self}.")
        if not 0 <= self.coarse <= self.middle <= self.n_styles:
            raise ShapeError(
                f"Needs 0 <= coarse <= middle <= n_styles, not {self.coarse}, {self.middle}, {self.n_styles}."
            )


class StyleHead(nn.Module):
    """map2style: strided convolutions until one pixel is left, then one linear layer."""

    def __init__(self, channels_in: int, style_dim: int, size: int) -> None:
        super().__init__()
        halvings = max(1, math.ceil(math.log2(size)))
        layers: list[nn.Module] = []
        for index in range(halvings):
            layers.append(nn.Conv2d(style_dim if index else channels_in, style_dim, 3, stride=2, padding=1))
            layers.append(nn.LeakyReLU(0.01))
        self.convs = nn.Sequential(*layers)
        self.linear = FullyConnected(style_dim, style_dim)

    def forward(self, x: Tensor) -> Tensor:
        """[B,C,size,size] -> [B,D]."""
        return self.linear(self.convs(x).flatten(1))


class GradualStyleEncoder(Trunk):
    """An image to latents relative to the average latent. Weight names are pSp's, after ``encoder.``."""

    kind: ClassVar[str] = "encoder"
    config_type: ClassVar[type[EncoderConfig]] = EncoderConfig

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__(config.in_channels, config.stem, config.widths, config.depths)
        self.config = config
        top = config.widths[3]
        self.styles = nn.ModuleList(
            StyleHead(top, config.style_dim, self._level_size(style)) for style in range(config.n_styles)
        )
        if config.coarse < config.n_styles:
            self.latlayer1 = nn.Conv2d(config.widths[2], top, 1)
            self.latlayer2 = nn.Conv2d(config.widths[1], top, 1)

    def forward(self, image: Tensor) -> Tensor:
        """Encode.

        Args:
            image: [B, in_channels, R, R] in [-1,1] with R = config.input_resolution; `encode` resizes.

        Returns:
            Codes [B, L, D]; add the generator's average latent to get W+.

        Raises:
            ShapeError: if the image has another shape.
        """
        check_input(image, self.config)
        levels = self.pyramid(image)
        heads = enumerate(self.styles)
        codes = torch.stack([head(levels[self._level(style)]) for style, head in heads], dim=1)
        if self.config.offsets:
            codes = torch.cat([codes[:, :1], codes[:, 1:] + codes[:, :1]], dim=1)
        return codes

    def pyramid(self, image: Tensor) -> tuple[Tensor, ...]:
        """Features at 1/16 of the image's size, and where a style reads them at 1/8 and 1/4.

        All have the last stage's channels.
        """
        taps = self.stages(image)
        coarse = taps[3]
        if self.config.coarse == self.config.n_styles:
            return (coarse,)
        middle = _enlarge(coarse, taps[2]) + self.latlayer1(taps[2])
        fine = _enlarge(middle, taps[1]) + self.latlayer2(taps[1])
        return coarse, middle, fine

    def _level(self, style: int) -> int:
        return (style >= self.config.coarse) + (style >= self.config.middle)

    def _level_size(self, style: int) -> int:
        return self.config.input_resolution // 16 * 2 ** self._level(style)


def check_input(image: Tensor, config: EncoderConfig) -> None:
    """Raise ShapeError unless the image is what an encoder of this configuration reads."""
    wanted = (config.in_channels, config.input_resolution, config.input_resolution)
    if image.ndim != 4 or tuple(image.shape[1:]) != wanted:
        raise ShapeError(f"The encoder reads {['B', *wanted]}, not {list(image.shape)}.".replace("'", ""))


def _enlarge(x: Tensor, like: Tensor) -> Tensor:
    # corners aligned: pSp's networks were trained that way
    return F.interpolate(x, size=like.shape[-2:], mode="bilinear", align_corners=True)
