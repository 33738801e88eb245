"""Pictures with structure everywhere, and what editors do to them."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from ood_core.registration.geometry import affine, pixel_grid, sample, transform


def picture(seed: int = 0, height: int = 192, width: int = 224) -> Tensor:
    """Coloured blots of all sizes, [1, 3, H, W] in [-1, 1], of 8 bits."""
    random = torch.Generator().manual_seed(seed)
    total = torch.zeros(1, 3, height, width)
    for cell, strength in ((64, 0.5), (24, 0.4), (9, 0.3), (4, 0.15)):
        noise = torch.randn(1, 3, height // cell + 3, width // cell + 3, generator=random) * strength
        grey = noise.mean(1, keepdim=True)
        total += F.interpolate(grey + 0.5 * noise, size=(height, width), mode="bicubic", align_corners=False)
    return eight_bits(total.clamp(-1, 1) * 0.8)


def eight_bits(image: Tensor) -> Tensor:
    """Rounded as a file would."""
    return ((image * 127.5 + 127.5).round().clamp(0, 255) / 127.5) - 1


def move(image: Tensor, x: float, y: float, zoom: float = 1.0, degrees: float = 0.0) -> tuple[Tensor, Tensor]:
    """The picture moved about its middle, and the map from its pixels to the moved one's."""
    height, width = image.shape[-2:]
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    c, s = zoom * math.cos(math.radians(degrees)), zoom * math.sin(math.radians(degrees))
    forward = affine(
        [
            [c, -s, middle_x - c * middle_x + s * middle_y + x],
            [s, c, middle_y - s * middle_x - c * middle_y + y],
        ]
    )
    back = transform(torch.linalg.inv(forward), *pixel_grid((height, width), image.device))
    return eight_bits(sample(image, *torch.broadcast_tensors(*back), "bicubic").clamp(-1, 1)), forward


def with_disc(image: Tensor, radius: int = 22, centre: tuple[int, int] = (90, 120)) -> tuple[Tensor, Tensor]:
    """The picture with a red disc on it, and where that is."""
    height, width = image.shape[-2:]
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    disc = ((y - centre[0]) ** 2 + (x - centre[1]) ** 2 < radius**2)[None, None]
    red = torch.tensor([0.85, -0.75, -0.7]).view(1, 3, 1, 1)
    return eight_bits(torch.where(disc, red, image)), disc.float()
