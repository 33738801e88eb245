"""Foreign things of any kind, laid over pictures before and after an edit, and what cameras do to both."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..images import resize_bilinear

_OCTAVES = (4, 8, 16, 32, 64)


def lay_over(
    before: Tensor, after: Tensor, others: Tensor, random: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Put blobs, bars, backgrounds of texture, flat colour or other pictures over both pictures alike.

    Args:
        before, after: [B, 3, R, R] in [-1, 1].
        others: pictures that things may be cut from, same shape.
        random: source of randomness, on the CPU.

    Returns:
        Both pictures, and where things cover them, [B, 1, R, R] in [0, 1].
    """
    covered = torch.zeros_like(before[:, :1])
    for odds in (0.75, 0.35):
        cover = _covers(before, random) * (torch.rand(len(before), 1, 1, 1, generator=random) < odds).to(
            before
        )
        things = _contents(before, others, random)
        before, after = torch.lerp(before, things, cover), torch.lerp(after, things, cover)
        covered = torch.maximum(covered, cover)
    return before, after, covered


def as_taken(before: Tensor, after: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """One camera's colour cast, contrast, softness and noise in both pictures, for half of them each."""
    count, _, side, _ = before.shape

    def odds(share: float) -> Tensor:
        return (torch.rand(count, 1, 1, 1, generator=random) < share).to(before)

    gain = 1 + 0.15 * _uniform(random, before, (count, 3, 1, 1)) * odds(0.5)
    offset = 0.12 * _uniform(random, before, (count, 3, 1, 1)) * odds(0.5)
    noise = torch.randn(before.shape, generator=random).to(before)
    noise = noise * 0.06 * torch.rand(count, 1, 1, 1, generator=random).to(before) * odds(0.35)
    soft, small = odds(0.3), max(2, side * 5 // 8)
    taken = []
    for picture in (before, after):
        picture = torch.lerp(picture, resize_bilinear(resize_bilinear(picture, small), side), soft)
        taken.append((picture * gain + offset + noise).clamp(-1, 1))
    return taken[0], taken[1]


def texture(count: int, side: int, random: torch.Generator) -> Tensor:
    """Noise of several scales in colours of its own, [B, 3, R, R] in [-1, 1]."""
    made = torch.rand(count, 3, 1, 1, generator=random) * 2 - 1
    tint = torch.rand(count, 3, 1, 1, generator=random) * 0.8 + 0.2
    for cells in (cells for cells in _OCTAVES if cells <= side):
        strength = torch.rand(count, 1, 1, 1, generator=random).square() * 0.7
        grain = torch.randn(count, 1, cells, cells, generator=random)
        made = made + strength * tint * F.interpolate(grain, size=side, mode="bicubic", align_corners=False)
    return made.clamp(-1, 1)


def _covers(like: Tensor, random: torch.Generator) -> Tensor:
    """A blob, bars, or everything around an ellipse, for each picture, [B, 1, R, R] in [0, 1]."""
    count, side = len(like), like.shape[-1]
    line = torch.linspace(-1, 1, side)
    x, y = line.view(1, 1, 1, -1), line.view(1, 1, -1, 1)

    def draw(low: float, high: float) -> Tensor:
        return torch.rand(count, 1, 1, 1, generator=random) * (high - low) + low

    cells = int(torch.randint(3, 7, (), generator=random))
    field = torch.randn(count, 1, cells, cells, generator=random)
    field = F.interpolate(field, size=side, mode="bicubic", align_corners=False)
    share = 1 - draw(0.04, 0.35).flatten()
    level = torch.stack([one.quantile(part) for one, part in zip(field.flatten(1), share, strict=True)])
    blob = (field - level.view(-1, 1, 1, 1)) * side / 8
    angle, period = draw(0, 3.1416), draw(4, 24)
    bars = torch.sin((x * torch.cos(angle) + y * torch.sin(angle)) * period + draw(0, 6.3)) - draw(0.3, 0.95)
    bars = bars * side / period / 1.5
    far = ((x - draw(-0.2, 0.2)) / draw(0.45, 0.9)).square() + (
        (y - draw(-0.1, 0.4)) / draw(0.7, 1.1)
    ).square()
    around = (far.sqrt() - 1) * side / 4
    kind = draw(0, 1)
    cover = torch.where(kind < 0.55, blob, torch.where(kind < 0.7, bars, around)).clamp(0, 1)
    return (cover * torch.where(draw(0, 1) < 0.85, 1.0, draw(0.3, 0.9))).to(like)


def _contents(like: Tensor, others: Tensor, random: torch.Generator) -> Tensor:
    """What things look like: textures, other pictures turned over, or the picture's own colours."""
    count, side = len(like), like.shape[-1]
    shift = torch.randint(side, (2,), generator=random).tolist()
    cut = torch.roll(others[torch.randperm(count, generator=random)].flip(2), shift, (2, 3))
    made = texture(count, side, random).to(like)
    spots = torch.randint(side * side, (count, 1, 1), generator=random).expand(-1, 3, 1).to(like.device)
    own = like.flatten(2).gather(2, spots)[..., None]  # a dark mask over a dark beard is no beard
    plain = (own + 0.12 * _uniform(random, like, (count, 3, 1, 1)) + 0.15 * made).clamp(-1, 1)
    made = torch.where((torch.rand(count, 1, 1, 1, generator=random) < 0.35).to(like.device), plain, made)
    return torch.where((torch.rand(count, 1, 1, 1, generator=random) < 0.35).to(like.device), cut, made)


def _uniform(random: torch.Generator, like: Tensor, shape: tuple[int, ...]) -> Tensor:
    return (torch.rand(shape, generator=random) * 2 - 1).to(like)
