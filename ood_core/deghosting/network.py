"""The deghosting network: a GAN prior between an encoder and a decoder.

The plan is GLEAN's (Chan et al., "GLEAN: Generative Latent Bank for Large-Factor Image Super-Resolution",
CVPR 2021): the encoder gives latents and features, the frozen generator is steered by both, and the decoder
joins what the encoder saw with what the generator knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import ShapeError
from ..stylegan2 import Generator, GeneratorConfig
from .rrdb import LEAK, DenseTrunk


@dataclass(frozen=True)
class DeghosterConfig:
    """Sizes of a deghosting network. The defaults are the published ones: 128 px in, 1024 px out.

    Attributes:
        in_resolution: size at which the coarse reconstruction is seen; a power of two, 4 to the generator's.
        generator: sizes of the generator inside, a ``GeneratorConfig`` or its dictionary.
        trunk_channels: width of the dense trunk and of the last hidden layer.
        growth_channels: what each convolution of a dense block adds.
        trunk_blocks: number of residual-in-residual blocks.
    """

    in_resolution: int = 128
    generator: GeneratorConfig = GeneratorConfig()
    trunk_channels: int = 64
    growth_channels: int = 32
    trunk_blocks: int = 23

    def __post_init__(self) -> None:
        if isinstance(self.generator, Mapping):
            object.__setattr__(self, "generator", GeneratorConfig(**self.generator))
        if self.in_resolution not in self.generator.resolutions:
            raise ShapeError(
                f"A deghoster's in_resolution must be one of its generator's "
                f"{list(self.generator.resolutions)}, not {self.in_resolution}."
            )
        for name in ("trunk_channels", "growth_channels", "trunk_blocks"):
            if getattr(self, name) < 1:
                raise ShapeError(f"A deghoster's {name} must be at least 1, not {getattr(self, name)}.")

    @property
    def encoder_resolutions(self) -> tuple[int, ...]:
        """4, 8, …, in_resolution."""
        return tuple(r for r in self.generator.resolutions if r <= self.in_resolution)

    @property
    def fused_resolutions(self) -> tuple[int, ...]:
        """Where encoder features join the generator's, each before the block that doubles the size."""
        return tuple(r for r in self.encoder_resolutions if r < self.generator.resolution)

    @property
    def decoder_resolutions(self) -> tuple[int, ...]:
        """2 · in_resolution, …, resolution; empty when the network does not enlarge."""
        return tuple(r for r in self.generator.resolutions if r > self.in_resolution)


class PixelShuffleUp(nn.Module):
    """Double the size by a convolution whose channels become pixels."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.upsample_conv = nn.Conv2d(in_channels, 4 * out_channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, r, r] -> [B, C', 2r, 2r]."""
        return F.pixel_shuffle(self.upsample_conv(x), 2)


def _encoder(config: DeghosterConfig) -> nn.Sequential:
    """The trunk at in_resolution, one strided stage a halving, and the latents."""
    channels = config.generator.channels
    trunk = DenseTrunk(
        config.trunk_channels, config.growth_channels, config.trunk_blocks, channels(config.in_resolution)
    )
    stages: list[nn.Module] = [trunk]
    for resolution in reversed(config.encoder_resolutions[:-1]):
        width = channels(resolution)
        stages.append(
            nn.Sequential(
                nn.Conv2d(channels(2 * resolution), width, 3, stride=2, padding=1),
                nn.LeakyReLU(LEAK, inplace=True),
                nn.Conv2d(width, width, 3, padding=1),
                nn.LeakyReLU(LEAK, inplace=True),
            )
        )
    width = channels(4)
    latents = nn.Linear(16 * width, config.generator.num_styles * config.generator.w_dim)
    conv = nn.Conv2d(width, width, 3, padding=1)
    stages.append(nn.Sequential(conv, nn.LeakyReLU(LEAK, inplace=True), nn.Flatten(), latents))
    return nn.Sequential(*stages)


def _decoder(config: DeghosterConfig) -> nn.Sequential:
    """Pixel-shuffle stages to the generator's resolution, then two convolutions to RGB.

    All of these but the first enlarging stage also see the generator's features of their size.
    """
    channels = config.generator.channels
    stages: list[nn.Module] = []
    width = channels(config.in_resolution)
    for resolution in config.decoder_resolutions:
        stages.append(PixelShuffleUp(width, channels(resolution)))
        width = 2 * channels(resolution)
    hidden = config.trunk_channels
    stages.append(
        nn.Sequential(
            nn.Conv2d(2 * channels(config.generator.resolution), hidden, 3, padding=1),
            nn.LeakyReLU(LEAK, inplace=True),
            nn.Conv2d(hidden, 3, 3, padding=1),
        )
    )
    return nn.Sequential(*stages)


class FusedCodec(nn.Module):
    """All that is trained: encoder, fusion convolutions, decoder. The generator is lent to ``forward``.

    ``fusion_skip`` belongs to the published state dict but feeds an RGB branch that never reaches the output;
    it is kept so that official files load strictly, and is neither computed nor trained.
    """

    def __init__(self, config: DeghosterConfig) -> None:
        super().__init__()
        widths = [config.generator.channels(r) for r in config.fused_resolutions]
        self.w_dim = config.generator.w_dim
        self.encoder = _encoder(config)
        self.fusion_out = nn.ModuleList(nn.Conv2d(2 * w, w, 3, padding=1) for w in widths)
        self.fusion_skip = nn.ModuleList(nn.Conv2d(w + 3, 3, 3, padding=1) for w in widths)
        self.fusion_skip.requires_grad_(False)
        self.decoder = _decoder(config)

    def encode(self, image: Tensor) -> tuple[Tensor, list[Tensor]]:
        """[B, 3, r, r] -> latents [B, L, D], and features at 4, 8, …, r."""
        *stages, to_latents = self.encoder
        features = []
        x = image.to(next(self.parameters()).dtype)
        for stage in stages:
            x = stage(x)
            features.append(x)
        return to_latents(x).float().reshape(image.shape[0], -1, self.w_dim), features[::-1]

    def forward(self, image: Tensor, generator: Generator) -> Tensor:
        """[B, 3, in_resolution, in_resolution] -> [B, 3, R, R]."""
        latents, encoded = self.encode(image)
        *enlarging, finish = self.decoder
        decoded = encoded[-1]
        x = None
        for index, resolution in enumerate(generator.synthesis.resolutions):
            x = generator.synthesis.features(x, latents, resolution)
            if index < len(self.fusion_out):
                x = self.fusion_out[index](torch.cat([x, encoded[index]], dim=1))
            else:  # the generator's features join the decoder's as they come, so that no more than two live
                stage = enlarging[index - len(self.fusion_out)] if enlarging else nn.Identity()
                decoded = torch.cat([stage(decoded), x], dim=1)
        return finish(decoded).float()


class Deghoster(nn.Module):
    """Coarse reconstruction -> the picture the generator's prior makes of it.

    State-dict names are the published ones for ``FCN.*`` and NVIDIA's for ``generator.*``. The generator is
    frozen; the FCN is trained.
    """

    kind: ClassVar[str] = "deghoster"
    config_type: ClassVar[type[DeghosterConfig]] = DeghosterConfig

    def __init__(self, config: DeghosterConfig) -> None:
        super().__init__()
        self.config = config
        self.FCN = FusedCodec(config)
        self.generator = Generator(config.generator).requires_grad_(False)

    def forward(self, coarse: Tensor) -> Tensor:
        """Remove ghosts.

        Args:
            coarse: composite in [-1, 1], [B, 3, H, W] with H = W not below ``config.in_resolution``.

        Returns:
            [B, 3, R, R], R the generator's resolution; nominally in [-1, 1], not clamped.

        Raises:
            ShapeError: if ``coarse`` is not square RGB or is too small.
        """
        size = self.config.in_resolution
        shape = list(coarse.shape)
        if len(shape) != 4 or shape[1] != 3 or shape[2] != shape[3] or shape[2] < size:
            raise ShapeError(f"A deghoster needs [B, 3, N, N] with N of at least {size}, not {shape}.")
        if coarse.shape[-1] != size:
            coarse = F.interpolate(coarse, size=(size, size), mode="area")
        return self.FCN(coarse, self.generator)
