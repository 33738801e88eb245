"""pSp's two encoders without style heads: the last features to one latent, or to all of them at once.

Richardson et al., "Encoding in Style" (pSp), CVPR 2021, compare their pyramid with these.
"""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from ..stylegan2.layers import FullyConnected
from .encoder import EncoderConfig, check_input
from .irse import Trunk

_GRID = 7  # what is left of the last features before they are flattened


class FlatStyleEncoder(Trunk):
    """An image to W+ by a linear layer; `coarse` and `middle` of the configuration mean nothing here."""

    kind: ClassVar[str] = "encoder/flat"
    config_type: ClassVar[type[EncoderConfig]] = EncoderConfig

    linear: FullyConnected

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__(config.in_channels, config.stem, config.widths, config.depths)
        self.config = config
        self._add_head(config.widths[3], config.style_dim)

    def _add_head(self, channels: int, width: int) -> None:
        self.output_layer_2 = nn.Sequential(
            nn.BatchNorm2d(channels),
            nn.AdaptiveAvgPool2d(_GRID),
            nn.Flatten(),
            nn.Linear(channels * _GRID**2, width),
        )
        self.linear = FullyConnected(width, width * self.config.n_styles)

    def forward(self, image: Tensor) -> Tensor:
        """As `GradualStyleEncoder.forward`: codes [B, L, D] relative to the average latent."""
        check_input(image, self.config)
        return self._codes(self.stages(image)[3])

    def _codes(self, features: Tensor) -> Tensor:
        codes = self.linear(self.output_layer_2(features))
        return codes.unflatten(1, (self.config.n_styles, self.config.style_dim))


class SingleStyleEncoder(FlatStyleEncoder):
    """An image to W: one latent, the same for all styles."""

    kind: ClassVar[str] = "encoder/single"
    config_type: ClassVar[type[EncoderConfig]] = EncoderConfig

    def _add_head(self, channels: int, width: int) -> None:
        self.linear = FullyConnected(channels, width)

    def _codes(self, features: Tensor) -> Tensor:
        code = self.linear(features.mean(dim=(2, 3)))
        return code[:, None].repeat(1, self.config.n_styles, 1)
