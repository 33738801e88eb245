"""A classifier that reads attributes off faces while an autoencoder is trained; no bundle holds it."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class Reader(nn.Module):
    """Which attributes a face shows: [B, 3, R, R] to logits [B, A]."""

    def __init__(self, attributes: int, widths: tuple[int, ...] = (32, 64, 96, 128, 128)) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for width in widths:
            layers += [
                nn.Conv2d(channels, width, 3, 2, 1, bias=False),
                nn.GroupNorm(8, width),
                nn.LeakyReLU(0.2),
            ]
            channels = width
        self.body = nn.Sequential(*layers)
        self.out = nn.Linear(channels, attributes)

    def forward(self, image: Tensor) -> Tensor:
        """See the class."""
        logits: Tensor = self.out(F.dropout(self.body(image).mean(dim=(2, 3)), 0.3, self.training))
        return logits


def balance(labels: Tensor) -> Tensor:
    """How much a picture that shows an attribute counts against one that doesn't, [A]: as much altogether."""
    shown, bare = (labels == 1).sum(dim=0), (labels == 0).sum(dim=0)
    return (bare / shown.clamp_min(1)).clamp(0.2, 20.0)
