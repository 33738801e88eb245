"""YuNet, a face detector of 53 thousand weights (Wu, Peng & Yu, "YuNet: A Tiny Millisecond-level Face
Detector", Machine Intelligence Research 2023), as published in the OpenCV zoo in March 2023: with its batch
norms folded into the convolutions.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import ShapeError
from ..files.networks import load_network

STRIDES = (8, 16, 32)
"""Pixels between neighbouring priors of each level."""

_OUTPUTS = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}


@dataclass(frozen=True)
class YuNetConfig:
    """Sizes of the network.

    Attributes:
        widths: channels of the six stages; the last three have equal ones, which the neck adds up.
    """

    widths: tuple[int, ...] = (16, 32, 64, 64, 64, 64)

    def __post_init__(self) -> None:
        object.__setattr__(self, "widths", tuple(self.widths))
        if len(self.widths) != 6 or min(self.widths) < 1 or len(set(self.widths[3:])) != 1:
            raise ValueError(f"a detector has six widths, the last three equal, not {self.widths}")


class Raw(NamedTuple):
    """What the network says at P priors: the positions 0, 1, 2 … · stride of every level, row by row.

    Attributes:
        cls: logit of "a face", [B, P].
        obj: logit of "my box fits", [B, P].
        bbox: centre relative to the prior and logarithm of the size, both in strides, [B, P, 4].
        kps: five landmarks relative to the prior, in strides, [B, P, 5, 2].
        priors: position of each prior in pixels and its stride, [P, 3].
    """

    cls: Tensor
    obj: Tensor
    bbox: Tensor
    kps: Tensor
    priors: Tensor

    def scores(self) -> Tensor:
        """How sure each prior is of its face, [B, P] in [0, 1]."""
        return (self.cls.sigmoid() * self.obj.sigmoid()).sqrt()

    def boxes(self) -> Tensor:
        """Left, top, right, bottom in pixels, [B, P, 4]."""
        place, stride = self.priors[:, :2], self.priors[:, 2:]
        centre = self.bbox[..., :2] * stride + place
        half = self.bbox[..., 2:].exp() * stride / 2
        return torch.cat([centre - half, centre + half], dim=-1)

    def landmarks(self) -> Tensor:
        """(x, y) in pixels, [B, P, 5, 2]."""
        return self.kps * self.priors[:, None, 2:] + self.priors[:, None, :2]


class Separable(nn.Sequential):
    """A pointwise convolution, then a 3×3 one of each channel; a rectifier unless it is a head."""

    def __init__(self, channels: int, out: int, rectify: bool = True) -> None:
        point, depth = nn.Conv2d(channels, out, 1), nn.Conv2d(out, out, 3, padding=1, groups=out)
        super().__init__(point, depth, *([nn.ReLU()] if rectify else []))


class YuNet(nn.Module):
    """Finds faces of about 10 to 300 pixels, upright or turned by up to about 45 degrees."""

    kind: ClassVar[str] = "detector"
    config_type: ClassVar[type[YuNetConfig]] = YuNetConfig

    def __init__(self, config: YuNetConfig) -> None:
        super().__init__()
        self.config = config
        first, *_, width = config.widths
        self.stem = nn.Conv2d(3, first, 3, stride=2, padding=1)
        self.first = Separable(first, first)
        pairs = zip(config.widths[:-1], config.widths[1:], strict=True)
        self.stages = nn.ModuleList(nn.Sequential(Separable(a, a), Separable(a, b)) for a, b in pairs)
        self.laterals = nn.ModuleList(Separable(width, width) for _ in STRIDES)
        self.heads = nn.ModuleList(
            nn.ModuleDict({name: Separable(width, out, rectify=False) for name, out in _OUTPUTS.items()})
            for _ in STRIDES
        )

    def forward(self, picture: Tensor) -> Raw:
        """What every prior sees.

        Args:
            picture: [B, 3, H, W] in [-1, 1]; both sides divisible by 32.

        Raises:
            ShapeError: if the picture has another shape.
        """
        if picture.ndim != 4 or picture.shape[1] != 3 or picture.shape[2] % 32 or picture.shape[3] % 32:
            raise ShapeError(f"the detector takes [B, 3, 32·h, 32·w], not {list(picture.shape)}")
        x = (picture.flip(1) + 1) * 127.5  # the weights know blue, green, red from 0 to 255
        x = F.max_pool2d(self.first(self.stem(x).relu()), 2)
        levels = []
        for index, stage in enumerate(self.stages):
            x = stage(x if index in (0, 1) else F.max_pool2d(x, 2))
            levels.append(x)
        return self._read(self._neck(levels[2:]))

    def _neck(self, levels: list[Tensor]) -> list[Tensor]:
        """Add what the coarse levels know to the finer ones."""
        joined = [self.laterals[2](levels[2])]
        for index in (1, 0):
            above = F.interpolate(joined[0], scale_factor=2.0, mode="nearest")
            joined.insert(0, self.laterals[index](levels[index] + above))
        return joined

    def _read(self, levels: list[Tensor]) -> Raw:
        priors = torch.cat([_priors(x, stride) for x, stride in zip(levels, STRIDES, strict=True)])
        read = {name: torch.cat(self._head(name, levels), dim=1) for name in _OUTPUTS}
        points = read["kps"].unflatten(-1, (5, 2))
        return Raw(read["cls"][..., 0], read["obj"][..., 0], read["bbox"], points, priors)

    def _head(self, name: str, levels: list[Tensor]) -> list[Tensor]:
        """One output of every level, each [B, h·w, channels]."""
        heads = (head[name] for head in self.heads)  # type: ignore[index]
        return [head(x).flatten(2).transpose(1, 2) for head, x in zip(heads, levels, strict=True)]


def built_in() -> YuNet:
    """YuNet with its published weights, ready for inference, on the CPU."""
    return load_network(Path(__file__).with_name("yunet.safetensors"), YuNet)


def _priors(level: Tensor, stride: int) -> Tensor:
    """Position and stride of every place of a level, [h·w, 3]."""
    height, width = level.shape[-2:]
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    places = torch.stack([x, y, torch.ones_like(x)], dim=-1).view(-1, 3) * stride
    return places.to(level)
