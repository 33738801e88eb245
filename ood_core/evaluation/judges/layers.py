"""Layers that the networks of face-api share: TensorFlow's padding, its separable convolution."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from ...images import resize_bilinear

_MEAN = (122.782, 117.001, 104.298)


def prepared(image: Tensor, side: int) -> Tensor:
    """Pictures [B, 3, H, W] in [-1, 1] as these networks read them: square, about 0, within ±0.5."""
    pixels = (resize_bilinear(image, (side, side)) + 1) * 127.5
    return (pixels - pixels.new_tensor(_MEAN).view(3, 1, 1)) / 255


def padded(x: Tensor, stride: int, value: float = 0.0) -> Tensor:
    """As much border as "same" gives a 3×3 window on an even side: with stride 2 only right and below."""
    return F.pad(x, (0, 1, 0, 1) if stride == 2 else (1, 1, 1, 1), value=value)


class Convolution(nn.Conv2d):
    """3×3, "same"."""

    def __init__(self, channels_in: int, channels: int, stride: int) -> None:
        super().__init__(channels_in, channels, 3, stride)

    def forward(self, x: Tensor) -> Tensor:
        """[B, channels_in, H, W] -> [B, channels, H/stride, W/stride]."""
        return super().forward(padded(x, self.stride[0]))


class Separable(nn.Module):
    """3×3 a channel, then 1×1 across them; its bias is stored at its own name."""

    def __init__(self, channels_in: int, channels: int, stride: int = 1) -> None:
        super().__init__()
        self.stride = stride
        self.depthwise = nn.Conv2d(channels_in, channels_in, 3, stride, groups=channels_in, bias=False)
        self.pointwise = nn.Conv2d(channels_in, channels, 1, bias=False)
        self.bias = nn.Parameter(self.pointwise.weight.new_zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """[B, channels_in, H, W] -> [B, channels, H/stride, W/stride]."""
        return self.pointwise(self.depthwise(padded(x, self.stride))) + self.bias.view(-1, 1, 1)
