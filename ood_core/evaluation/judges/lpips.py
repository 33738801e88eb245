"""How different two pictures look: LPIPS (Zhang et al. 2018) on AlexNet, its shift-tolerant variant.

The weights are those of the package stlpips_pytorch (Ghildyal and Liu 2022, BSD-2 licence), which carries
backbone and heads; no other download is needed.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...errors import CheckpointError, ShapeError
from ...files.paths import unreadable

LPIPS_FILE = "alex_shift_tolerant.pth"

_HASH = "b356b382f96010f77d085ee8343ecd9fd322d0a56e8de2b2d0549fafcad8b9ee"
_SHIFT, _SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
_LAYERS = (  # name in the file, channels in and out, kernel, border
    ("net.slice1.0", 3, 64, 11, 2),
    ("net.slice2.5", 64, 192, 5, 2),
    ("net.slice3.9", 192, 384, 3, 1),
    ("net.slice4.11", 384, 256, 3, 1),
    ("net.slice5.13", 256, 256, 3, 1),
)
_SMALLEST = 32


class Lpips(nn.Module):
    """Two batches of pictures -> how different each pair looks: 0 for the same, about 1 at most."""

    shift: Tensor
    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv2d(a, b, k, padding=p) for _, a, b, k, p in _LAYERS)
        self.heads = nn.ModuleList(nn.Conv2d(b, 1, 1, bias=False) for _, _, b, _, _ in _LAYERS)
        self.register_buffer("shift", torch.tensor(_SHIFT).view(3, 1, 1), persistent=False)
        self.register_buffer("scale", torch.tensor(_SCALE).view(3, 1, 1), persistent=False)

    def features(self, image: Tensor) -> list[Tensor]:
        """Unit vectors after each of the five layers, of [B, 3, H, W] in [-1, 1]."""
        x, maps = (image - self.shift) / self.scale, []
        for index, layer in enumerate(self.layers):
            if index in (1, 2):
                x = _halved(F.max_pool2d(x, 3, 1))
            x = layer(x)
            x = (_halved(x) if index == 0 else x).relu()
            maps.append(x / (x.square().sum(dim=1, keepdim=True).sqrt() + 1e-10))
        return maps

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Distance of two batches [B, 3, H, W] in [-1, 1], [B].

        Raises:
            ShapeError: if their sizes differ, or the pictures are smaller than 32 pixels.
        """
        if first.shape != second.shape or min(first.shape[-2:]) < _SMALLEST:
            raise ShapeError(
                f"LPIPS compares pictures of one size and at least {_SMALLEST} pixels a side, "
                f"not {list(first.shape)} and {list(second.shape)}."
            )
        pairs = zip(self.heads, self.features(first), self.features(second), strict=True)
        return torch.stack([head((a - b).square()).mean(dim=(1, 2, 3)) for head, a, b in pairs]).sum(dim=0)


def load_lpips(path: Path) -> Lpips:
    """Read the weights, ready for inference.

    Args:
        path: the file `LPIPS_FILE` of the package.

    Raises:
        CheckpointError: if it cannot be read, or is another file.
    """
    if why := unreadable(path):
        raise CheckpointError(f"{path}: {why}; it comes with the package stlpips_pytorch")
    if hashlib.sha256(path.read_bytes()).hexdigest() != _HASH:
        raise CheckpointError(
            f"{path} is not that of stlpips_pytorch 0.0.2, so its figures could not be compared"
        )
    tensors = torch.load(path, map_location="cpu", weights_only=True)
    network = Lpips()
    state = {}
    for index, (name, *_) in enumerate(_LAYERS):
        for part in ("weight", "bias"):
            state[f"layers.{index}.{part}"] = tensors[f"{name}.{part}"]
        state[f"heads.{index}.weight"] = tensors[f"lin{index}.model.1.weight"]
    network.load_state_dict(state)
    return network.eval().requires_grad_(False)


def _halved(x: Tensor) -> Tensor:
    """Half the sides behind a binomial blur (Zhang 2019), with a mirrored border of two."""
    row = x.new_tensor([0.25, 0.5, 0.25])
    kernel = (row[:, None] * row).expand(x.shape[1], 1, 3, 3)
    return F.conv2d(F.pad(x, (2, 2, 2, 2), mode="reflect"), kernel, stride=2, groups=x.shape[1])
