"""Foreign shapes over training pictures: networks must stay calm about what the domain does not contain."""

from __future__ import annotations

import torch
from torch import Tensor


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
