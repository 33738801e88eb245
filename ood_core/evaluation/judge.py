"""The judge: how much of each attribute does a portrait show? No training of another network uses it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor, nn

from ..errors import ShapeError
from ..files.networks import load_network
from ..images import resize_area

_FILE = Path(__file__).parent / "judge.safetensors"


@dataclass(frozen=True)
class JudgeConfig:
    """Sizes of a Judge.

    Attributes:
        input_resolution: side of the square pictures it reads.
        widths: channels of the stages; each halves the sides.
        attributes: what it names, in order.
    """

    input_resolution: int
    widths: tuple[int, ...]
    attributes: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "widths", tuple(self.widths))
        object.__setattr__(self, "attributes", tuple(self.attributes))
        if not self.widths or not self.attributes or self.input_resolution % 2 ** len(self.widths):
            raise ShapeError(f"A judge needs stages that divide its input's side, and attributes: {self}.")


class Judge(nn.Module):
    """Portrait -> how much of each attribute it shows, as the renderer's factors in [0, 1]."""

    kind: ClassVar[str] = "judge"
    config_type: ClassVar[type[JudgeConfig]] = JudgeConfig

    def __init__(self, config: JudgeConfig) -> None:
        super().__init__()
        self.config = config
        inputs = (3, *config.widths[:-1])
        self.stages = nn.Sequential(*(_Stage(a, b) for a, b in zip(inputs, config.widths, strict=True)))
        side = config.input_resolution // 2 ** len(config.widths)
        self.head = nn.Linear(config.widths[-1] * side * side, len(config.attributes))

    def levels(self, image: Tensor) -> list[Tensor]:
        """Feature maps of every stage, [B,width,h,w], of pictures [B,3,H,W] in [-1,1] of any size."""
        maps = [resize_area(image, self.config.input_resolution)]
        for stage in self.stages:
            maps.append(stage(maps[-1]))
        return maps[1:]

    def forward(self, image: Tensor, as_logits: bool = False) -> Tensor:
        """Amount of each attribute, [B,A] in [0,1], or what a sigmoid makes that of; image as `levels`."""
        logits = self.head(self.levels(image)[-1].flatten(1))
        return logits if as_logits else logits.sigmoid()


class _Stage(nn.Module):
    """Half the size, and one residual convolution."""

    def __init__(self, channels_in: int, channels: int) -> None:
        super().__init__()
        self.down = nn.Conv2d(channels_in, channels, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """[B,C,H,W] -> [B,channels,H/2,W/2]."""
        x = self.bn1(self.down(x)).relu()
        return x + self.bn2(self.conv(x)).relu()


@cache
def shipped_judge() -> Judge:
    """The judge that comes with the package, trained by ``ood train judge``."""
    return load_network(_FILE, Judge)


@torch.no_grad()
def judged(judge: Judge, image: Tensor) -> dict[str, float]:
    """Attribute → amount in [0,1] that one picture [1,3,H,W] shows."""
    return dict(zip(judge.config.attributes, judge(image)[0].tolist(), strict=True))
