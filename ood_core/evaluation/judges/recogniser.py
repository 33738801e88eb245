"""Whose face it is: dlib's ResNet-29 (King 2017), 128 numbers a face, as face-api carries it."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from .layers import prepared

_SIDE = 150
_STAGES = {  # name -> channels, how many residual blocks follow the first; the first stage halves nothing
    "conv64": (64, 3),
    "conv128": (128, 2),
    "conv256": (256, 2),
}


class Recogniser(nn.Module):
    """A face -> 128 numbers; those of one person lie within 0.6 of each other, mostly within 0.45."""

    model = "face_recognition_model"

    def __init__(self) -> None:
        super().__init__()
        self.conv32_down = _Scaled(3, 32, 7, 2)
        blocks = [("conv32", 32, 32, 3)]
        blocks += [(n, w // 2, w, count) for n, (w, count) in _STAGES.items()]
        self.order: list[str] = []
        for name, channels_in, channels, count in blocks:
            if channels_in != channels:
                self._add(f"{name}_down", _Down(channels_in, channels))
            for index in range(count):
                self._add(f"{name}_{index + 1}", _Residual(channels))
        self._add("conv256_down_out", _Down(256, 256))
        self.fc = nn.Linear(256, 128, bias=False)

    def _add(self, name: str, block: nn.Module) -> None:
        self.add_module(name, block)
        self.order.append(name)

    def forward(self, image: Tensor) -> Tensor:
        """Faces [B, 3, H, W] in [-1, 1], as `frames.face_square` cuts them, to [B, 128]."""
        x = F.max_pool2d(self.conv32_down(prepared(image, _SIDE)).relu(), 3, 2)
        for name in self.order:
            x = getattr(self, name)(x)
        return self.fc(x.mean(dim=(2, 3)))


class _Scale(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weights, self.biases = nn.Parameter(Tensor(channels)), nn.Parameter(Tensor(channels))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weights.view(-1, 1, 1) + self.biases.view(-1, 1, 1)


class _Scaled(nn.Module):
    """A convolution and its own scale and shift; stride 2 goes without a border."""

    def __init__(self, channels_in: int, channels: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels_in, channels, kernel, stride, 0 if stride == 2 else kernel // 2)
        self.scale = _Scale(channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.scale(self.conv(x))


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = _Scaled(channels, channels), _Scaled(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        return (x + self.conv2(self.conv1(x).relu())).relu()


class _Down(nn.Module):
    """Half the sides: averages beside a residual that is filled up with zeros below, right and in depth."""

    def __init__(self, channels_in: int, channels: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = _Scaled(channels_in, channels, stride=2), _Scaled(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        pooled, out = F.avg_pool2d(x, 2), self.conv2(self.conv1(x).relu())
        height, width = (pooled.shape[i] - out.shape[i] for i in (2, 3))
        deeper = out.shape[1] - pooled.shape[1]
        return (F.pad(out, (0, width, 0, height)) + F.pad(pooled, (0, 0, 0, 0, 0, deeper))).relu()
