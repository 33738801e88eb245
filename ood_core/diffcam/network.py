"""The differential classifier: what changed between two pictures, and where.

Song et al., "Editing Out-of-domain GAN Inversion via Differential Activations", ECCV 2022. One residual
trunk reads both pictures, their features are subtracted, and the rest of the network names the change. The
blocks are those of He et al. 2016, with the stride in the 3x3 convolution.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from ..errors import ShapeError

_EXPANSION = 4


@dataclass(frozen=True)
class DiffCamConfig:
    """Sizes of a DifferentialClassifier. The defaults are the published network's, a ResNet-101.

    Attributes:
        input_resolution: side of the square pictures it was trained on, in pixels; also the resolution of the
            published map.
        base_width: channels of the first convolution; layer n has base_width·2ⁿ⁻¹, and four times that at
            its output.
        depths, strides: blocks and stride of the four layers. The features have 1/4 of the picture's size
            before them.
        split: how many blocks of the third layer belong to the trunk that both pictures share.
        classes: number of attributes it can name.
    """

    input_resolution: int = 256
    base_width: int = 64
    depths: tuple[int, ...] = (3, 4, 23, 3)
    strides: tuple[int, ...] = (1, 2, 2, 2)
    split: int = 10
    classes: int = 17

    def __post_init__(self) -> None:
        object.__setattr__(self, "depths", tuple(self.depths))
        object.__setattr__(self, "strides", tuple(self.strides))
        if len(self.depths) != 4 or len(self.strides) != 4:
            raise ShapeError(f"DiffCAM has four layers, not depths {self.depths} and strides {self.strides}.")
        if min(self.input_resolution, self.base_width, self.classes, *self.depths, *self.strides) < 1:
            raise ShapeError(f"DiffCAM's sizes must be at least 1: {self}.")
        if not 0 <= self.split <= self.depths[2]:
            raise ShapeError(
                f"DiffCAM's split must be 0 to {self.depths[2]}, the third layer's depth, not {self.split}."
            )

    @property
    def feature_channels(self) -> int:
        """K, channels of the last feature map."""
        return 8 * self.base_width * _EXPANSION


class Bottleneck(nn.Module):
    """1x1, 3x3, 1x1, added to the input."""

    def __init__(self, channels_in: int, width: int, stride: int) -> None:
        super().__init__()
        channels = width * _EXPANSION
        self.conv1 = nn.Conv2d(channels_in, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(channels)
        self.downsample: nn.Module | None = None
        if stride != 1 or channels_in != channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels_in, channels, 1, stride, bias=False), nn.BatchNorm2d(channels)
            )

    def forward(self, x: Tensor) -> Tensor:
        """[B,C,H,W] -> [B,4·width,ceil(H/stride),ceil(W/stride)]."""
        y = self.bn1(self.conv1(x)).relu_()
        y = self.bn2(self.conv2(y)).relu_()
        y = self.bn3(self.conv3(y))
        return (y + (x if self.downsample is None else self.downsample(x))).relu_()


class DifferentialClassifier(nn.Module):
    """Two pictures -> the attribute in which they differ. Weight names are the published network's."""

    kind: ClassVar[str] = "diffcam"
    config_type: ClassVar[type[DiffCamConfig]] = DiffCamConfig

    def __init__(self, config: DiffCamConfig) -> None:
        super().__init__()
        self.config = config
        base = config.base_width
        inputs = (base, *(base * _EXPANSION * 2**n for n in range(3)))
        layers = [_layer(inputs[n], base * 2**n, config.depths[n], config.strides[n]) for n in range(4)]
        self.shared = nn.Sequential(
            nn.Conv2d(3, base, 7, 2, 3, bias=False),
            nn.BatchNorm2d(base),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, 2, 1),
            nn.Sequential(*layers[0]),
            nn.Sequential(*layers[1]),
            *layers[2][: config.split],
        )
        self.classifier = nn.Sequential(*layers[2][config.split :], nn.Sequential(*layers[3]))
        self.fc = nn.Linear(config.feature_channels, config.classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def features(self, reconstruction: Tensor, edited: Tensor) -> Tensor:
        """The last feature map, from which both the scores and the class-activation maps follow.

        Args:
            reconstruction: I' [B,3,H,W] in [-1,1].
            edited: T, of the same shape.

        Returns:
            [B, K, h, w]; with the default strides h = H/32.

        Raises:
            ShapeError: if the two do not have one shape.
        """
        if reconstruction.shape != edited.shape:
            raise ShapeError(
                f"The two pictures must have one shape, not {list(reconstruction.shape)} and "
                f"{list(edited.shape)}."
            )
        pictures = [picture.to(self.fc.weight.dtype) for picture in (reconstruction, edited)]
        if self.training:  # one after the other: the batch statistics are each picture's own
            before, after = (self.shared(picture) for picture in pictures)
        else:
            before, after = self.shared(torch.cat(pictures)).chunk(2)
        return self.classifier(after - before).float()

    def classify(self, features: Tensor) -> Tensor:
        """Last feature map [B,K,h,w] -> logits [B,classes]."""
        return self.fc(features.mean(dim=(2, 3)).to(self.fc.weight.dtype)).float()

    def forward(self, reconstruction: Tensor, edited: Tensor) -> Tensor:
        """Logits [B,classes] of the attribute that differs; arguments as `features`."""
        return self.classify(self.features(reconstruction, edited))


def _layer(channels_in: int, width: int, depth: int, stride: int) -> list[Bottleneck]:
    first = Bottleneck(channels_in, width, stride)
    return [first, *(Bottleneck(width * _EXPANSION, width, 1) for _ in range(depth - 1))]
