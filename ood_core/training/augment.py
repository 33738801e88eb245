"""What happens to training pictures: foreign shapes, which the domain does not contain, and bad cameras."""

from __future__ import annotations

import torch
from torch import Tensor

from ..images import resize_bilinear


def foreign_shapes(image: Tensor, random: torch.Generator, probability: float = 0.5) -> tuple[Tensor, Tensor]:
    """Lay one soft-edged, striped ellipse or box of any colour over some of the pictures.

    Args:
        image: [B, 3, R, R] in [-1, 1].
        random: source of randomness, on the CPU.
        probability: share of the pictures that get a shape.

    Returns:
        The pictures, and where the shapes are, [B, 1, R, R] in [0, 1].
    """
    count, _, size, _ = image.shape

    def draw(low: float, high: float) -> Tensor:
        numbers = torch.rand(count, 1, 1, 1, generator=random) * (high - low) + low
        return numbers.to(image.device)

    line = torch.linspace(-1, 1, size, device=image.device)
    x, y = line.view(1, 1, 1, -1), line.view(1, 1, -1, 1)
    angle = draw(0, 3.1416)
    u = (x - draw(-1, 1)) * torch.cos(angle) + (y - draw(-1, 1)) * torch.sin(angle)
    v = (y - draw(-1, 1)) * torch.cos(angle) - (x - draw(-1, 1)) * torch.sin(angle)
    wide, high = u.abs() / draw(0.1, 0.5), v.abs() / draw(0.1, 0.5)
    box, ellipse = torch.maximum(wide, high), (wide.square() + high.square()).sqrt()
    distance = torch.where(draw(0, 1) < 0.5, box, ellipse)
    cover = ((1 - distance) * size / 8).clamp(0, 1) * (draw(0, 1) < probability)
    stripes = torch.sin(u * draw(3, 60)) * draw(0, 0.7)
    colour = torch.rand(count, 3, 1, 1, generator=random).to(image.device) * 2 - 1
    return torch.lerp(image, (colour + stripes).clamp(-1, 1), cover), cover


def as_photographed(images: Tensor, random: torch.Generator, blurred: float) -> Tensor:
    """Change light and contrast of pictures [B, 3, S, S], make some of them grey or coarse, and add noise."""
    count, _, side, _ = images.shape
    dark, contrast, grey, coarse, noisy = torch.rand(5, count, 1, 1, 1, generator=random).to(images)
    images = torch.where(grey < 0.1, images.mean(dim=1, keepdim=True), images)
    images = images * (0.6 + 0.6 * contrast) + 0.5 * (dark - 0.5)
    small = side // int(torch.randint(2, 5, (), generator=random))
    images = torch.where(coarse < blurred, resize_bilinear(resize_bilinear(images, small), side), images)
    noise = torch.randn(images.shape, generator=random).to(images)
    return (images + 0.1 * (noisy - 0.5).clamp_min(0) * noise).clamp(-1, 1)
