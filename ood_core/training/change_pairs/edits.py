"""Training edits: local changes of a picture, exact to the bit elsewhere. Pictures are in [0, 1]."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from ...domains.portraits.cutouts import Spot, cut_out, paste
from ...domains.portraits.factors import sample_factors
from ...registration.filters import gaussian
from .shapes import blob, smooth_noise, strokes, text, texture, uniform

Edit = Callable[[Tensor, torch.Generator], Tensor]


def nothing(picture: Tensor, random: torch.Generator) -> Tensor:
    """No edit."""
    return picture


def recoloured(picture: Tensor, random: torch.Generator) -> Tensor:
    """A region in another colour that keeps its light and shade: clothes, hair, make-up."""
    region = _region(picture, random, 0.004, 0.15)
    grey = picture.mean(1, keepdim=True)
    tint = torch.rand(1, 3, 1, 1, generator=random) * 1.6
    keep = uniform(random, 0, 0.6)
    painted = (grey * tint * (1 - keep) + picture * keep * tint + uniform(random, -0.1, 0.1)).clamp(0, 1)
    return picture + region * uniform(random, 0.4, 1) * (painted - picture)


def covered(picture: Tensor, random: torch.Generator) -> Tensor:
    """A thing with a texture of its own: a hat, a sticker, a replaced wall."""
    region = _region(picture, random, 0.003, 0.25)
    return picture + region * (texture(_size(picture), random) - picture)


def lettered(picture: Tensor, random: torch.Generator) -> Tensor:
    """Text, or thin strokes: frames, hairs, wrinkles."""
    size = _size(picture)
    if uniform(random, 0, 1) < 0.4:
        region = text(size, random)
    else:
        region = strokes(size, random, int(uniform(random, 1, 40)), uniform(random, 1, 6))
    colour = torch.rand(1, 3, 1, 1, generator=random)
    return picture + region * uniform(random, 0.35, 1) * (colour - picture)


def moved(picture: Tensor, random: torch.Generator) -> Tensor:
    """A local warp that dies out: a smile, larger eyes, a slimmer cheek."""
    height, width = _size(picture)
    region = blob((height, width), random, uniform(random, 0.004, 0.08), 12)
    region = gaussian(region, uniform(random, 4, 14))
    reach = uniform(random, 4, 16)
    if uniform(random, 0, 1) < 0.5:
        angle = uniform(random, 0, math.tau)
        shift = torch.tensor([math.cos(angle), math.sin(angle)]).view(1, 2, 1, 1) * reach * region
    else:
        top = region.flatten().argmax()
        y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
        away = torch.stack([x - top % width, y - top // width])[None].float()
        shift = away * region * uniform(random, -0.35, 0.35)
    bent = _bend(picture, shift)
    return torch.where(shift.abs().amax(1, keepdim=True) > 0.05, bent, picture)


def removed(picture: Tensor, random: torch.Generator) -> Tensor:
    """A region filled smoothly from around it, with some grain."""
    region = _region(picture, random, 0.003, 0.06)
    weight = (1 - (region > 0).float()) + 1e-5
    fill = picture
    for sigma in (40, 12):
        fill = gaussian(fill * weight, sigma) / gaussian(weight, sigma)
        fill = fill * (1 - (weight > 0.5).float()) + picture * (weight > 0.5)
    grain = gaussian(torch.randn(picture.shape, generator=random), 0.6) * uniform(random, 0, 0.04)
    return picture + region * ((fill + grain).clamp(0, 1) - picture)


def smoothed(picture: Tensor, random: torch.Generator) -> Tensor:
    """Skin retouched: a region blurred, or its detail amplified."""
    region = _region(picture, random, 0.01, 0.15)
    soft = gaussian(picture, uniform(random, 2, 6))
    gain = uniform(random, 0, 0.3) if uniform(random, 0, 1) < 0.6 else uniform(random, 2, 3.5)
    return picture + region * ((soft + (picture - soft) * gain).clamp(0, 1) - picture)


def relit(picture: Tensor, random: torch.Generator) -> Tensor:
    """A soft-edged brightening or shadow of a region."""
    size = _size(picture)
    region = gaussian(blob(size, random, uniform(random, 0.02, 0.12), 20), uniform(random, 2, 16))
    region = ((region - 0.02) / 0.9).clamp(0, 1)
    change = uniform(random, 0.2, 0.55) * (1 if uniform(random, 0, 1) < 0.5 else -0.9)
    tint = 1 + (torch.rand(1, 3, 1, 1, generator=random) - 0.5) * 0.3
    return (picture * (1 + region * change * tint)).clamp(0, 1)


def person_put_in(picture: Tensor, random: torch.Generator) -> Tensor:
    """A drawn person pasted in: much foreign structure at once."""
    height, width = _size(picture)
    scene = picture.clone()
    side = uniform(random, 0.15, 0.55) * max(height, width)
    cutout = cut_out(sample_factors(1, random), [[]], torch.tensor([False]), max(32, round(side)))[0]
    spot = Spot(
        uniform(random, 0.1, 0.9) * width,
        uniform(random, 0.2, 0.9) * height,
        side,
        uniform(random, -0.4, 0.4),
    )
    paste(scene, cutout, spot)
    return scene.clamp(0, 1)


def elsewhere_copied(picture: Tensor, random: torch.Generator) -> Tensor:
    """Part of the same picture, from elsewhere in it: a displaced copy."""
    region = _region(picture, random, 0.004, 0.08)
    height, width = _size(picture)
    shifts = (int(uniform(random, 8, height / 2)), int(uniform(random, 8, width / 2)))
    other = torch.roll(picture, shifts, (2, 3))
    return picture + region * (other - picture)


EDITS: dict[str, tuple[float, Edit]] = {
    "nothing": (0.14, nothing), "recoloured": (0.12, recoloured), "covered": (0.12, covered),
    "lettered": (0.14, lettered), "moved": (0.12, moved), "removed": (0.08, removed),
    "smoothed": (0.05, smoothed), "relit": (0.06, relit), "person put in": (0.06, person_put_in),
    "elsewhere copied": (0.06, elsewhere_copied),
}  # fmt: skip
"""Name → (how often, edit)."""


def _region(picture: Tensor, random: torch.Generator, smallest: float, largest: float) -> Tensor:
    share = math.exp(uniform(random, math.log(smallest), math.log(largest)))
    feather = 1.0 if uniform(random, 0, 1) < 0.6 else uniform(random, 2, 14)
    region = blob(_size(picture), random, share, feather)
    if uniform(random, 0, 1) < 0.35:  # follow the picture's own edges, as clothes and hair do
        grey = gaussian(picture.mean(1, keepdim=True), 1.5)
        middle = float(grey[region > 0.5].median()) if bool((region > 0.5).any()) else 0.5
        near = ((0.18 - (grey - middle).abs()) * 12 + 0.5).clamp(0, 1)
        followed = region * near
        region = followed if float(followed.mean()) > 0.25 * float(region.mean()) else region
    return region


def _bend(picture: Tensor, shift: Tensor) -> Tensor:
    height, width = _size(picture)
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    place = torch.stack([(x + shift[0, 0]) * 2 + 1, (y + shift[0, 1]) * 2 + 1], -1)
    place = place / torch.tensor([width, height]) - 1
    return F.grid_sample(picture, place[None], "bicubic", "border", False).clamp(0, 1)


def _size(picture: Tensor) -> tuple[int, int]:
    return picture.shape[-2], picture.shape[-1]


__all__ = ["EDITS", "Edit", "smooth_noise"]
