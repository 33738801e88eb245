"""How old a face looks, and which gender face-api's small Xception (Chollet 2017) takes it for."""

from __future__ import annotations

from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor, nn

from .layers import Convolution, Separable, padded, prepared

_SIDE, _MAIN = 112, 2


class Ages(NamedTuple):
    """Years [B], and how probably a face is a man's, [B]."""

    years: Tensor
    male: Tensor


class _Reduction(nn.Module):
    """Half the sides."""

    def __init__(self, channels_in: int, channels: int, activated: bool = True) -> None:
        super().__init__()
        self.activated = activated
        self.separable_conv0 = Separable(channels_in, channels)
        self.separable_conv1 = Separable(channels, channels)
        self.expansion_conv = nn.Conv2d(channels_in, channels, 1, 2)

    def forward(self, x: Tensor) -> Tensor:
        out = self.separable_conv0(x.relu() if self.activated else x)
        out = self.separable_conv1(out.relu())
        return F.max_pool2d(padded(out, 2, -float("inf")), 3, 2) + self.expansion_conv(x)


class _Main(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.separable_conv0 = Separable(channels, channels)
        self.separable_conv1 = Separable(channels, channels)
        self.separable_conv2 = Separable(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        out = self.separable_conv1(self.separable_conv0(x.relu()).relu())
        return x + self.separable_conv2(out.relu())


class AgeReader(nn.Module):
    """A face -> its age and gender, as a network guesses them."""

    model = "age_gender_model"

    def __init__(self) -> None:
        super().__init__()
        self.entry_flow = nn.ModuleDict(
            {
                "conv_in": Convolution(3, 32, 2),
                "reduction_block_0": _Reduction(32, 64, activated=False),
                "reduction_block_1": _Reduction(64, 128),
            }
        )
        self.middle_flow = nn.ModuleDict({f"main_block_{i}": _Main(128) for i in range(_MAIN)})
        self.exit_flow = nn.ModuleDict(
            {"reduction_block": _Reduction(128, 256), "separable_conv": Separable(256, 512)}
        )
        self.fc = nn.ModuleDict({"age": nn.Linear(512, 1), "gender": nn.Linear(512, 2)})

    def forward(self, image: Tensor) -> Ages:
        """Faces [B, 3, H, W] in [-1, 1], as `frames.face_square` cuts them."""
        x = self.entry_flow["conv_in"](prepared(image, _SIDE)).relu()
        x = self.entry_flow["reduction_block_1"](self.entry_flow["reduction_block_0"](x))
        for block in self.middle_flow.values():
            x = block(x)
        x = self.exit_flow["separable_conv"](self.exit_flow["reduction_block"](x)).relu()
        pooled = F.avg_pool2d(x, 7).flatten(1)
        return Ages(self.fc["age"](pooled)[:, 0], self.fc["gender"](pooled).softmax(dim=1)[:, 0])
