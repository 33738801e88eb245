"""The residual discriminator of StyleGAN2."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from .layers import Conv2d, FullyConnected
from .sizes import channel_count, check_resolution


@dataclass(frozen=True)
class DiscriminatorConfig:
    """Sizes of a discriminator. The defaults are config-f at 1024 px."""

    resolution: int = 1024
    channel_base: int = 32768
    channel_max: int = 512
    mbstd_group: int = 4

    def __post_init__(self) -> None:
        check_resolution("discriminator", self.resolution)

    def channels(self, resolution: int) -> int:
        """Feature channels at a resolution."""
        return channel_count(resolution, self.channel_base, self.channel_max)


def minibatch_deviation(x: Tensor, group: int) -> Tensor:
    """Append one channel: the standard deviation over groups of samples, averaged over everything else.

    Args:
        x: [B, C, H, W].
        group: wished group size; the largest divisor of B not above it is used, so that any batch works.

    Returns:
        [B, C + 1, H, W].
    """
    batch, _, height, width = x.shape
    size = next(n for n in range(min(group, batch), 0, -1) if batch % n == 0)
    deviation = x.reshape(size, batch // size, -1).var(dim=0, correction=0).add(1e-8).sqrt().mean(dim=1)
    channel = deviation.repeat(size)[:, None, None, None].expand(batch, 1, height, width)
    return torch.cat([x, channel], dim=1)


class DiscriminatorBlock(nn.Module):
    """Two convolutions and a skip; halves the size."""

    def __init__(self, in_channels: int, out_channels: int, *, first: bool) -> None:
        super().__init__()
        if first:
            self.fromrgb = Conv2d(3, in_channels, 1)
        self.conv0 = Conv2d(in_channels, in_channels, 3)
        self.conv1 = Conv2d(in_channels, out_channels, 3, down=True)
        self.skip = Conv2d(in_channels, out_channels, 1, bias=False, activation=False, down=True)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, r, r] -> [B, C', r/2, r/2]."""
        return (self.conv1(self.conv0(x)) + self.skip(x)) / math.sqrt(2.0)


class DiscriminatorEpilogue(nn.Module):
    """Minibatch deviation, the last convolution, and the score."""

    def __init__(self, channels: int, mbstd_group: int) -> None:
        super().__init__()
        self.mbstd_group = mbstd_group
        self.conv = Conv2d(channels + 1, channels, 3)
        self.fc = FullyConnected(channels * 16, channels, activation=True)
        self.out = FullyConnected(channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, 4, 4] -> [B, 1]."""
        x = self.conv(minibatch_deviation(x, self.mbstd_group))
        return self.out(self.fc(x.flatten(1)))


class Discriminator(nn.Module):
    """Image -> realness."""

    kind: ClassVar[str] = "discriminator"
    config_type: ClassVar[type[DiscriminatorConfig]] = DiscriminatorConfig

    def __init__(self, config: DiscriminatorConfig) -> None:
        super().__init__()
        self.config = config
        self.resolutions = [2**k for k in range(config.resolution.bit_length() - 1, 2, -1)]
        for resolution in self.resolutions:
            wide, narrow = config.channels(resolution), config.channels(resolution // 2)
            block = DiscriminatorBlock(wide, narrow, first=resolution == config.resolution)
            self.add_module(f"b{resolution}", block)
        self.b4 = DiscriminatorEpilogue(config.channels(4), config.mbstd_group)

    def features(self, image: Tensor) -> list[Tensor]:
        """Feature maps after each block, finest first; useful as a perceptual distance within a domain."""
        first: Any = self.get_submodule(f"b{self.config.resolution}")
        x = first.fromrgb(image)
        maps = []
        for resolution in self.resolutions:
            x = self.get_submodule(f"b{resolution}")(x)
            maps.append(x)
        return maps

    def forward(self, image: Tensor) -> Tensor:
        """Image [B, 3, R, R] in [-1, 1] -> logits [B, 1], positive for real."""
        return self.b4(self.features(image)[-1])
