"""A diffusion editor's autoencoder, read from a folder: what comes back of a picture that nobody edited.

The layout is that of madebyollin/taesd: two plain sequences of convolutions and residual blocks, whose key
names are positions in them. Latents are eight times smaller than pictures.
"""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

from ...errors import CheckpointError

_STRIDE = 8
_GROUPS = 4
_PRECISION = torch.bfloat16  # as editors run theirs; on CPUs a third of the seconds
_RANGE = 3.0  # latents are squeezed softly into ±3 before they are decoded


class _Block(nn.Module):
    """Three convolutions beside a shortcut, after an optional global mixing of channels."""

    def __init__(self, channels: int, pool: bool) -> None:
        super().__init__()
        layers = [
            _conv(channels, channels),
            nn.ReLU(),
            _conv(channels, channels),
            nn.ReLU(),
            _conv(channels, channels),
        ]
        self.conv = nn.Sequential(*layers)
        self.pool = _mixing(channels) if pool else None

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] to the same shape."""
        if self.pool is not None:
            x = x + self.pool(x)
        return F.relu(self.conv(x) + x)


class _Squeeze(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        """Latents within ±3."""
        return _RANGE * torch.tanh(x / _RANGE)


class Autoencoder(nn.Module):
    """There and back again."""

    def __init__(self, encoder: nn.Sequential, decoder: nn.Sequential) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    @torch.no_grad()
    def forward(self, pictures: Tensor) -> Tensor:
        """[B, 3, H, W] in [0, 1], of any size, as they come back, within [0, 1]."""
        height, width = pictures.shape[-2:]
        padding = (0, -width % _STRIDE, 0, -height % _STRIDE)
        padded = F.pad(pictures, padding, mode="replicate").to(_PRECISION, memory_format=torch.channels_last)
        back = [self.decoder(self.encoder(one)) for one in padded.split(1)]
        return torch.cat(back)[..., :height, :width].float().clamp(0, 1)


def load_autoencoder(folder: Path) -> Autoencoder:
    """Read ``*_encoder.safetensors`` and ``*_decoder.safetensors`` of a folder.

    Raises:
        CheckpointError: if there is not exactly one of each, or they are of another layout.
    """
    parts = []
    for role, network in (("encoder", _encoder()), ("decoder", _decoder())):
        files = sorted(folder.glob(f"*_{role}.safetensors"))
        if len(files) != 1:
            raise CheckpointError(f"{folder} holds {len(files)} files *_{role}.safetensors; one is needed")
        try:
            network.load_state_dict({name: value.float() for name, value in load_file(files[0]).items()})
        except Exception as error:
            first = str(error).splitlines()[0]
            raise CheckpointError(f"{files[0]} is no such {role}: {first}") from error
        parts.append(network.eval().requires_grad_(False))
    made = Autoencoder(*parts)
    return made.to(_PRECISION).to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def _encoder() -> nn.Sequential:
    def stage(pool: bool) -> list[nn.Module]:
        return [nn.Conv2d(64, 64, 3, 2, 1, bias=False), *(_Block(64, pool) for _ in range(3))]

    return nn.Sequential(
        _conv(3, 64), _Block(64, False), *stage(False), *stage(False), *stage(True), _conv(64, 32)
    )


def _decoder() -> nn.Sequential:
    def stage(pool: bool) -> list[nn.Module]:
        return [*(_Block(64, pool) for _ in range(3)), nn.Upsample(scale_factor=2), _conv(64, 64, bias=False)]

    first = [_Squeeze(), _conv(32, 64), nn.ReLU()]
    return nn.Sequential(*first, *stage(True), *stage(False), *stage(False), _Block(64, False), _conv(64, 3))


def _conv(channels: int, out: int, bias: bool = True) -> nn.Conv2d:
    return nn.Conv2d(channels, out, 3, padding=1, bias=bias)


def _mixing(channels: int) -> nn.Sequential:
    wide = 4 * channels
    layers = [nn.Conv2d(channels, wide, 1, bias=False), nn.GroupNorm(_GROUPS, wide), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, nn.Conv2d(wide, channels, 1, bias=False))
