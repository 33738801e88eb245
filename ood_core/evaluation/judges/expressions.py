"""What a face expresses, and where its 68 landmarks lie: face-api's two networks on one body."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from .layers import Convolution, Separable, prepared

EXPRESSIONS = ("neutral", "happy", "sad", "angry", "fearful", "disgusted", "surprised")

_SIDE = 112
_WIDTHS = (32, 64, 128, 256)


class _Dense(nn.Module):
    """Four convolutions, each of which reads the sum of those before it; the first halves the sides."""

    def __init__(self, channels_in: int, channels: int) -> None:
        super().__init__()
        first = Convolution if channels_in == 3 else Separable
        self.conv0 = first(channels_in, channels, 2)
        self.conv1 = Separable(channels, channels)
        self.conv2 = Separable(channels, channels)
        self.conv3 = Separable(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        total = self.conv0(x).relu()
        total = total + self.conv1(total)
        total = total + self.conv2(total.relu())
        return (total + self.conv3(total.relu())).relu()


class _FaceNetwork(nn.Module):
    def __init__(self, outputs: int) -> None:
        super().__init__()
        for index, (a, b) in enumerate(zip((3, *_WIDTHS), _WIDTHS, strict=False)):
            self.add_module(f"dense{index}", _Dense(a, b))
        self.fc = nn.Linear(_WIDTHS[-1], outputs)

    def read(self, image: Tensor) -> Tensor:
        x = prepared(image, _SIDE)
        for index in range(len(_WIDTHS)):
            x = getattr(self, f"dense{index}")(x)
        return self.fc(F.avg_pool2d(x, 7).flatten(1))


class ExpressionReader(_FaceNetwork):
    """A face -> the probability of each of `EXPRESSIONS`."""

    model = "face_expression_model"

    def __init__(self) -> None:
        super().__init__(len(EXPRESSIONS))

    def forward(self, image: Tensor) -> Tensor:
        """Faces [B, 3, H, W] in [-1, 1], as `frames.face_square` cuts them, to [B, 7] that sum to 1."""
        return self.read(image).softmax(dim=1)


class Landmarks68(_FaceNetwork):
    """A face -> the 68 landmarks of iBUG 300-W: jaw, brows, nose, eyes, mouth."""

    model = "face_landmark_68_model"

    def __init__(self) -> None:
        super().__init__(2 * 68)

    def forward(self, image: Tensor) -> Tensor:
        """Faces [B, 3, H, W] in [-1, 1] to (x, y) in shares of the sides, [B, 68, 2]."""
        return self.read(image).view(-1, 68, 2)
