"""Training drifts: what an editor does to a whole picture though nobody asked. Pictures are in [0, 1]."""

from __future__ import annotations

import io
import math
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from ...registration.filters import gaussian
from .shapes import smooth_noise, uniform

Autoencoder = Callable[[Tensor, float, torch.Generator], Tensor]
"""(picture, noise on the latents, randomness) → what comes back; sides are multiples of 16."""


def geometry(picture: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Shift, zoom, turn, another size and a smooth warp, each at times.

    Returns:
        T [1, 3, H', W'] and, for each pixel centre of T, where it lies in the picture, [1, 2, H', W'] (x, y).
    """
    height, width = picture.shape[-2:]
    new_height, new_width = _new_size(height, width, random)
    zoom = 1 + (uniform(random, -0.04, 0.04) if uniform(random, 0, 1) < 0.4 else 0.0)
    turn = math.radians(uniform(random, -2.5, 2.5)) if uniform(random, 0, 1) < 0.15 else 0.0
    reach = uniform(random, 0, 0.03) if uniform(random, 0, 1) < 0.3 else uniform(random, 0, 0.006)
    angle = uniform(random, 0, math.tau)
    moves = uniform(random, 0, 1) < 0.75
    dx, dy = (reach * width * math.cos(angle), reach * height * math.sin(angle)) if moves else (0.0, 0.0)
    y, x = torch.meshgrid(torch.arange(new_height) + 0.5, torch.arange(new_width) + 0.5, indexing="ij")
    x, y = x * width / new_width - width / 2, y * height / new_height - height / 2
    cosine, sine = zoom * math.cos(turn), zoom * math.sin(turn)
    place = torch.stack([cosine * x - sine * y + width / 2 + dx, sine * x + cosine * y + height / 2 + dy])[
        None
    ]
    if uniform(random, 0, 1) < 0.35:
        bend = smooth_noise(
            (new_height, new_width), max(height, width) * uniform(random, 0.35, 0.7), random, 2
        )
        place = place + bend / bend.abs().amax() * uniform(random, 0.5, 3.0)
    if new_height == height and new_width == width and not bool((place - _centres(height, width)).any()):
        return picture, place
    source = picture
    shrink = min(new_height / height, new_width / width)
    if shrink < 0.95:
        source = gaussian(picture, 0.5 / shrink - 0.2)
    grid = (place / torch.tensor([width, height]).view(1, 2, 1, 1) * 2 - 1).permute(0, 2, 3, 1)
    return F.grid_sample(source, grid, "bicubic", "border", False).clamp(0, 1), place


def tone(picture: Tensor, random: torch.Generator) -> Tensor:
    """Gain, gamma, tint, saturation and a smooth field of light, mostly mild."""
    strength = uniform(random, 0, 1) ** 2
    if uniform(random, 0, 1) < 0.25:
        return picture
    gain = 1 + (torch.rand(1, 3, 1, 1, generator=random) - 0.5) * 0.16 * strength
    gain = gain * (1 + uniform(random, -0.2, 0.2) * strength)
    picture = picture.clamp_min(1e-4) ** math.exp(uniform(random, -0.25, 0.25) * strength) * gain
    picture = picture + uniform(random, -0.06, 0.06) * strength
    grey = picture.mean(1, keepdim=True)
    picture = grey + (picture - grey) * (1 + uniform(random, -0.3, 0.3) * strength)
    if uniform(random, 0, 1) < 0.4:
        size = (picture.shape[-2], picture.shape[-1])
        field = smooth_noise(size, max(size) * uniform(random, 0.45, 0.9), random, 3)
        picture = picture * (1 + field * uniform(random, 0, 0.05))
    return picture.clamp(0, 1)


def texture_lost(picture: Tensor, random: torch.Generator, autoencoder: Autoencoder | None) -> Tensor:
    """An autoencoder, JPEG, softness, noise, or texture invented anew: one, two or none of them."""
    draw = uniform(random, 0, 1)
    if draw < 0.15:
        return picture
    if draw < 0.6 and autoencoder is not None:
        noise = uniform(random, 0, 0.12) if uniform(random, 0, 1) < 0.6 else uniform(random, 0.1, 0.45)
        picture = autoencoder(picture, noise, random)
    elif draw < 0.75:
        picture = gaussian(picture, uniform(random, 0.3, 1.3))
    elif draw < 0.88:
        soft = gaussian(picture, 1.0)
        picture = soft + (picture - soft) * uniform(random, 0.5, 1.6)
    else:
        picture = reinvented(picture, random)
    if uniform(random, 0, 1) < 0.2:
        picture = picture + torch.randn(picture.shape, generator=random) * uniform(random, 0, 0.02)
    if uniform(random, 0, 1) < 0.3:
        picture = jpeg(picture.clamp(0, 1), int(uniform(random, 60, 97)))
    return picture.clamp(0, 1)


def reinvented(picture: Tensor, random: torch.Generator) -> Tensor:
    """Fine texture drawn anew: detail displaced at random by a pixel or two, low frequencies in place."""
    size = (picture.shape[-2], picture.shape[-1])
    sigma = uniform(random, 1.0, 2.5)
    soft = gaussian(picture, sigma)
    shift = smooth_noise(size, uniform(random, 3, 9), random, 2) * uniform(random, 0.4, 1.6)
    grid = (_centres(*size) + shift) / torch.tensor([size[1], size[0]]).view(1, 2, 1, 1) * 2 - 1
    detail = F.grid_sample(picture - soft, grid.permute(0, 2, 3, 1), "bicubic", "border", False)
    return soft + detail * uniform(random, 0.7, 1.0)


def jpeg(picture: Tensor, quality: int) -> Tensor:
    """Through a JPEG file."""
    pixels = (picture[0].permute(1, 2, 0) * 255).round().to(torch.uint8).numpy()
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return torch.from_numpy(np.array(Image.open(buffer))).permute(2, 0, 1)[None].float() / 255


def _new_size(height: int, width: int, random: torch.Generator) -> tuple[int, int]:
    draw = uniform(random, 0, 1)
    if draw < 0.55:
        return height, width
    if draw < 0.8:
        step = (8, 16, 32, 112)[int(uniform(random, 0, 4))]
        return max(step, height // step * step), max(step, width // step * step)
    scale = uniform(random, 0.7, 1.5)
    return round(height * scale / 16) * 16, round(width * scale / 16) * 16


def _centres(height: int, width: int) -> Tensor:
    y, x = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    return torch.stack([x, y])[None]
