"""The improved residual block with squeeze-and-excitation (IR-SE) of which ArcFace and pSp build encoders."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

_SQUEEZE = 16  # Hu et al. 2018, "Squeeze-and-Excitation Networks", §6.4: the reduction ratio they settle on


class SqueezeExcite(nn.Module):
    """Scale each channel by a gate computed from all channels' means."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        squeezed = max(1, channels // _SQUEEZE)
        self.fc1 = nn.Conv2d(channels, squeezed, 1, bias=False)
        self.fc2 = nn.Conv2d(squeezed, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """[B,C,H,W] -> [B,C,H,W]."""
        means = x.mean(dim=(2, 3), keepdim=True)
        return x * self.fc2(self.fc1(means).relu()).sigmoid()


class ImprovedResidual(nn.Module):
    """BN, 3x3, PReLU, strided 3x3, BN, squeeze-and-excitation; added to a strided shortcut."""

    def __init__(self, channels_in: int, channels: int, stride: int) -> None:
        super().__init__()
        self.shortcut_layer: nn.Module
        if channels_in == channels:
            self.shortcut_layer = nn.MaxPool2d(1, stride)  # plain subsampling
        else:
            self.shortcut_layer = nn.Sequential(
                nn.Conv2d(channels_in, channels, 1, stride, bias=False), nn.BatchNorm2d(channels)
            )
        self.res_layer = nn.Sequential(
            nn.BatchNorm2d(channels_in),
            nn.Conv2d(channels_in, channels, 3, 1, 1, bias=False),
            nn.PReLU(channels),
            nn.Conv2d(channels, channels, 3, stride, 1, bias=False),
            nn.BatchNorm2d(channels),
            SqueezeExcite(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """[B,C,H,W] -> [B,C',ceil(H/stride),ceil(W/stride)]."""
        return self.res_layer(x) + self.shortcut_layer(x)


def irse_stage(channels_in: int, channels: int, depth: int) -> list[ImprovedResidual]:
    """`depth` blocks, the first of which halves the size."""
    first = ImprovedResidual(channels_in, channels, stride=2)
    return [first, *(ImprovedResidual(channels, channels, stride=1) for _ in range(depth - 1))]


class Trunk(nn.Module):
    """What pSp's encoders have in common: an image to features at a half, a quarter, an eighth, a sixteenth.

    Weight names are pSp's: ``input_layer``, ``body``.
    """

    def __init__(self, in_channels: int, stem: int, widths: Sequence[int], depths: Sequence[int]) -> None:
        super().__init__()
        self._depths = tuple(depths)
        self.input_layer = nn.Sequential(
            nn.Conv2d(in_channels, stem, 3, 1, 1, bias=False), nn.BatchNorm2d(stem), nn.PReLU(stem)
        )
        before = (stem, *widths[:-1])
        stages = [irse_stage(*sizes) for sizes in zip(before, widths, depths, strict=True)]
        self.body = nn.Sequential(*(block for stage in stages for block in stage))

    def stages(self, image: Tensor) -> list[Tensor]:
        """The output of each stage: [B,C,R,R] -> [B,widths[n],R/2**(n+1),R/2**(n+1)]."""
        x = self.input_layer(image.to(next(self.parameters()).dtype))
        features, start = [], 0
        for depth in self._depths:
            x = self.body[start : start + depth](x)
            features.append(x)
            start += depth
        return features
