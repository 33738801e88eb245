"""VGG-16 features, for the perceptual loss of the published training."""

from __future__ import annotations

import torch
from torch import Tensor, nn

# Simonyan & Zisserman 2015, configuration D, up to conv4_3; a None is a 2x2 max-pooling.
_WIDTHS = (64, 64, None, 128, 128, None, 256, 256, 256, None, 512, 512, 512)
_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_STD = (0.229, 0.224, 0.225)


class VGG16Features(nn.Module):
    """conv4_3 of VGG-16 before its ReLU: ``features.21`` in torchvision's numbering and names.

    Weights are loaded from outside; they are frozen here, gradients flow to the image only.
    """

    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        in_channels = 3
        for width in _WIDTHS:
            if width is None:
                layers.append(nn.MaxPool2d(2))
                continue
            layers += [nn.Conv2d(in_channels, width, 3, padding=1), nn.ReLU()]
            in_channels = width
        self.features = nn.Sequential(*layers[:-1])
        self.register_buffer("mean", torch.tensor(_IMAGENET_MEAN)[:, None, None], persistent=False)
        self.register_buffer("std", torch.tensor(_IMAGENET_STD)[:, None, None], persistent=False)
        self.requires_grad_(False)

    def forward(self, image: Tensor) -> Tensor:
        """Image [B, 3, H, W] in [-1, 1] -> features [B, 512, H/8, W/8]."""
        return self.features(((image + 1) / 2 - self.mean) / self.std)
