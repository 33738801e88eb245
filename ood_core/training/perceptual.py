"""A perceptual distance for training: features of VGG-16 (Johnson et al. 2016), with weights the user has.

The package ``stlpips_pytorch`` carries the convolutions of an ImageNet VGG-16 (BSD licence); torchvision's
own file is read, too. Nothing is fetched here, and no finished network keeps anything of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import RecipeError
from ..files.packages import packaged_file

_WIDTHS = ((64, 64), (128, 128), (256, 256, 256))
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, for pictures in [0, 1]

_LEAST = 0.1  # length of a feature below which its direction says nothing, and its gradient must not explode


class Perceptual(nn.Module):
    """Distance of unit feature vectors after each of VGG-16's first three stages."""

    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.stages = nn.ModuleList()
        channels = 3
        for widths in _WIDTHS:
            stage = nn.ModuleList()
            for width in widths:
                stage.append(nn.Conv2d(channels, width, 3, padding=1))
                channels = width
            self.stages.append(stage)
        self.register_buffer("mean", torch.tensor(_MEAN)[:, None, None])
        self.register_buffer("std", torch.tensor(_STD)[:, None, None])
        self.requires_grad_(False)

    def features(self, image: Tensor) -> list[Tensor]:
        """[B, 3, H, W] in [-1, 1] to three maps of half the size each, of unit vectors."""
        x = ((image + 1) / 2 - self.mean) / self.std
        maps = []
        for number, stage in enumerate(self.stages):
            if number:
                x = F.avg_pool2d(x, 2)
            for convolution in stage:  # type: ignore[attr-defined]
                x = F.relu(convolution(x))
            maps.append(F.normalize(x.float(), dim=1, eps=_LEAST))
        return maps

    def forward(self, made: Tensor, wanted: Tensor) -> Tensor:
        """Distance of two batches [B, 3, H, W], each [B]; gradients flow into the first alone."""
        with torch.no_grad():
            aim = self.features(wanted)
        pairs = zip(self.features(made), aim, strict=True)
        return torch.stack([(a - b).square().sum(dim=1).mean(dim=(1, 2)) for a, b in pairs]).sum(dim=0)


def load_perceptual(path: Path) -> Perceptual:
    """Read VGG-16's convolutions.

    Args:
        path: a ``.pth`` or ``.safetensors`` file; its first seven 3×3 convolutions, in order, are taken.

    Raises:
        RecipeError: if it cannot be read or holds something else.
    """
    tensors = _tensors(path)
    network = Perceptual()
    wanted = [convolution for stage in network.stages for convolution in stage]  # type: ignore[attr-defined]
    weights = [
        (name, tensor) for name, tensor in tensors.items() if tensor.ndim == 4 and tensor.shape[-1] == 3
    ]
    weights = [(name, tensor) for name, tensor in weights if tensor.shape[1] > 1 and name.endswith("weight")]
    try:
        for convolution, (name, weight) in zip(wanted, weights[: len(wanted)], strict=True):
            convolution.weight.copy_(weight)
            convolution.bias.copy_(tensors[name.removesuffix("weight") + "bias"])
    except (KeyError, RuntimeError, ValueError):
        raise RecipeError(f"{path} is not a VGG-16: its first convolutions are others.") from None
    return network


def packaged_vgg() -> Path:
    """The VGG-16 that the package stlpips_pytorch carries.

    Raises:
        RecipeError: if the package is not installed.
    """
    found = packaged_file("stlpips_pytorch", "vgg_shift_tolerant.pth")
    if found is None:
        raise RecipeError(
            "The perceptual loss needs a VGG-16: pip install stlpips_pytorch, or name a file as vgg."
        )
    return found


def _tensors(path: Path) -> dict[str, Any]:
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch.load has no error of its own
        raise RecipeError(f"{path} cannot be read as weights: {error}") from None
    if not isinstance(found, dict):
        raise RecipeError(f"{path} holds no weights.")
    return {str(name): tensor for name, tensor in found.items() if isinstance(tensor, Tensor)}
