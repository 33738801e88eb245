"""Mapping network, synthesis network and the generator that joins them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from ..errors import ShapeError
from .layers import FullyConnected, SynthesisLayer, ToRGB
from .ops import upsample2x
from .sizes import channel_count, check_resolution


@dataclass(frozen=True)
class GeneratorConfig:
    """Sizes of a StyleGAN2 generator. The defaults are config-f at 1024 px."""

    resolution: int = 1024
    z_dim: int = 512
    w_dim: int = 512
    mapping_layers: int = 8
    lr_multiplier: float = 0.01
    channel_base: int = 32768
    channel_max: int = 512

    def __post_init__(self) -> None:
        check_resolution("generator", self.resolution)
        for name in ("z_dim", "w_dim", "mapping_layers", "channel_base", "channel_max"):
            if getattr(self, name) < 1:
                raise ShapeError(f"A generator's {name} must be at least 1, not {getattr(self, name)}.")

    @property
    def resolutions(self) -> tuple[int, ...]:
        """4, 8, …, resolution."""
        return tuple(2**k for k in range(2, self.resolution.bit_length()))

    @property
    def num_styles(self) -> int:
        """L, the number of latents in W+: one for each convolution and one for the last RGB layer."""
        return 2 * len(self.resolutions)

    def channels(self, resolution: int) -> int:
        """Feature channels at a resolution."""
        return channel_count(resolution, self.channel_base, self.channel_max)


class MappingNetwork(nn.Module):
    """z -> w, repeated for every style."""

    w_avg: Tensor

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.num_layers = config.mapping_layers
        self.num_styles = config.num_styles
        width = config.z_dim
        for index in range(self.num_layers):
            layer = FullyConnected(width, config.w_dim, activation=True, lr_multiplier=config.lr_multiplier)
            self.add_module(f"fc{index}", layer)
            width = config.w_dim
        self.register_buffer("w_avg", torch.zeros(config.w_dim))

    def forward(self, z: Tensor, truncation: float = 1.0) -> Tensor:
        """Map latents to W+.

        Args:
            z: [B, Z]; its length is normalised away.
            truncation: 1 keeps w, 0 gives the average w.

        Returns:
            [B, L, D], all L styles equal.
        """
        x = z * torch.rsqrt(z.square().mean(dim=1, keepdim=True) + 1e-8)
        for index in range(self.num_layers):
            x = self.get_submodule(f"fc{index}")(x)
        if truncation != 1.0:
            x = torch.lerp(self.w_avg, x, truncation)
        return x[:, None, :].repeat(1, self.num_styles, 1)


class SynthesisBlock(nn.Module):
    """The layers of one resolution. The 4x4 block starts from a learned constant and has one convolution."""

    def __init__(self, config: GeneratorConfig, resolution: int) -> None:
        super().__init__()
        channels = config.channels(resolution)
        if resolution == 4:
            self.const = nn.Parameter(torch.randn(channels, 4, 4))
        else:
            wider = config.channels(resolution // 2)
            self.conv0 = SynthesisLayer(wider, channels, config.w_dim, resolution, up=True)
        self.conv1 = SynthesisLayer(channels, channels, config.w_dim, resolution)
        self.torgb = ToRGB(channels, config.w_dim)


class SynthesisNetwork(nn.Module):
    """W+ -> image, block by block, so that others (deghosting) can work between the blocks.

    Style indices, k = log2(resolution): conv0 uses 2k-5, conv1 2k-4, torgb 2k-3; so the RGB layer of a
    resolution shares its latent with conv0 of the next.
    """

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.num_styles = config.num_styles
        self.w_dim = config.w_dim
        self.resolutions = config.resolutions
        for resolution in self.resolutions:
            self.add_module(f"b{resolution}", SynthesisBlock(config, resolution))

    def _block(self, resolution: int) -> Any:
        return self.get_submodule(f"b{resolution}")

    def features(self, x: Tensor | None, ws: Tensor, resolution: int) -> Tensor:
        """Run the convolutions of one block.

        Args:
            x: features of the block before, [B, C, r/2, r/2]; None at 4x4.
            ws: [B, L, D].
            resolution: r, one of ``resolutions``.

        Returns:
            [B, C', r, r].
        """
        block = self._block(resolution)
        index = 2 * resolution.bit_length() - 6  # 2k - 4 with k = bit_length - 1
        if x is None:
            x = block.const.expand(ws.shape[0], -1, -1, -1)
        else:
            x = block.conv0(x, ws[:, index - 1])
        return block.conv1(x, ws[:, index])

    def rgb(self, x: Tensor, skip: Tensor | None, ws: Tensor, resolution: int) -> Tensor:
        """Add one block's contribution to the image.

        Args:
            x: this block's features, [B, C, r, r].
            skip: the image so far, [B, 3, r/2, r/2], or None.
            ws: [B, L, D].
            resolution: r.

        Returns:
            [B, 3, r, r].
        """
        index = 2 * resolution.bit_length() - 5
        image = self._block(resolution).torgb(x, ws[:, index])
        return image if skip is None else image + upsample2x(skip)

    def forward(self, ws: Tensor, resolution: int | None = None) -> Tensor:
        """Synthesise pictures.

        Args:
            ws: W+ latents, [B, L, D].
            resolution: stop at this resolution (the image summed up so far); None for the network's own.

        Returns:
            [B, 3, R, R], nominally in [-1, 1] but not clamped.

        Raises:
            ShapeError: if ``ws`` has another number of styles or another width.
        """
        if ws.ndim != 3 or ws.shape[1:] != (self.num_styles, self.w_dim):
            raise ShapeError(
                f"This generator's latents are [B, {self.num_styles}, {self.w_dim}], not {list(ws.shape)}."
            )
        x = skip = None
        last = self.resolutions[-1] if resolution is None else resolution
        for size in self.resolutions[: self.resolutions.index(last) + 1]:
            x = self.features(x, ws, size)
            skip = self.rgb(x, skip, ws, size)
        assert skip is not None
        return skip


class Generator(nn.Module):
    """StyleGAN2: mapping and synthesis, with fixed noise."""

    kind: ClassVar[str] = "generator"
    config_type: ClassVar[type[GeneratorConfig]] = GeneratorConfig

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        self.mapping = MappingNetwork(config)
        self.synthesis = SynthesisNetwork(config)

    @property
    def num_styles(self) -> int:
        """L, the number of latents in W+."""
        return self.config.num_styles

    def forward(self, z: Tensor, truncation: float = 1.0, resolution: int | None = None) -> Tensor:
        """z [B, Z] -> image [B, 3, R, R]."""
        return self.synthesis(self.mapping(z, truncation), resolution)


@torch.no_grad()
def estimate_w_avg(generator: Generator, z: Tensor) -> None:
    """Set ``mapping.w_avg`` to the mean w of the latents ``z`` [N, Z]."""
    generator.mapping.w_avg.copy_(generator.mapping(z)[:, 0].mean(dim=0))
