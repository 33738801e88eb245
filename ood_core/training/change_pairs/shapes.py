"""Random regions for training edits: blobs, strokes, text; and random textures to fill them with."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from ...registration.filters import gaussian


def uniform(random: torch.Generator, low: float, high: float) -> float:
    """One number between ``low`` and ``high``."""
    return low + (high - low) * float(torch.rand((), generator=random))


def smooth_noise(size: tuple[int, int], cell: float, random: torch.Generator, channels: int = 1) -> Tensor:
    """Noise of unit variance and features of about ``cell`` pixels, [1, channels, H, W]."""
    height, width = size
    grid = (max(2, math.ceil(height / cell) + 2), max(2, math.ceil(width / cell) + 2))
    coarse = torch.randn(1, channels, *grid, generator=random)
    return F.interpolate(coarse, size=size, mode="bicubic", align_corners=False)


def blob(size: tuple[int, int], random: torch.Generator, share: float, feather: float) -> Tensor:
    """A wobbly ellipse that covers about ``share`` of the picture, [1, 1, H, W] in [0, 1]."""
    height, width = size
    radius = math.sqrt(share * height * width / math.pi)
    aspect = math.exp(uniform(random, -0.8, 0.8))
    x0, y0 = uniform(random, 0.15, 0.85) * width, uniform(random, 0.15, 0.85) * height
    turn = uniform(random, 0, math.pi)
    y, x = torch.meshgrid(torch.arange(height) - y0, torch.arange(width) - x0, indexing="ij")
    u, v = x * math.cos(turn) + y * math.sin(turn), y * math.cos(turn) - x * math.sin(turn)
    distance = torch.sqrt((u / aspect) ** 2 + (v * aspect) ** 2)[None, None] / radius
    wobble = 0.25 * smooth_noise(size, max(8.0, radius * uniform(random, 0.25, 0.9)), random)
    ramp = (1 - distance + wobble) * radius
    return (ramp / max(1.0, feather) + 0.5).clamp(0, 1)


def strokes(size: tuple[int, int], random: torch.Generator, count: int, thickness: float) -> Tensor:
    """Thin curved strokes close to each other, anti-aliased, [1, 1, H, W] in [0, 1]."""
    height, width = size
    picture = Image.new("L", (width * 2, height * 2))
    draw = ImageDraw.Draw(picture)
    x0, y0 = uniform(random, 0.2, 0.8) * width * 2, uniform(random, 0.2, 0.8) * height * 2
    reach = uniform(random, 0.05, 0.3) * max(size)
    heading = uniform(random, 0, math.tau)
    for _ in range(count):
        x, y = x0 + uniform(random, -reach, reach), y0 + uniform(random, -reach, reach)
        angle, points = heading + uniform(random, -0.5, 0.5), []
        bend = uniform(random, -0.12, 0.12)
        for _ in range(16):
            points.append((x, y))
            x, y, angle = x + reach / 8 * math.cos(angle), y + reach / 8 * math.sin(angle), angle + bend
        draw.line(points, fill=255, width=max(1, round(thickness * 2)), joint="curve")
    return _reduced(picture)


def text(size: tuple[int, int], random: torch.Generator) -> Tensor:
    """A line of random letters somewhere, [1, 1, H, W] in [0, 1]."""
    height, width = size
    picture = Image.new("L", (width * 2, height * 2))
    letters = "".join(chr(65 + int(uniform(random, 0, 26))) for _ in range(int(uniform(random, 2, 9))))
    font = ImageFont.load_default(size=uniform(random, 0.05, 0.2) * max(size) * 2)
    place = (uniform(random, 0.02, 0.6) * width * 2, uniform(random, 0.05, 0.8) * height * 2)
    ImageDraw.Draw(picture).text(place, letters, fill=255, font=font)
    return _reduced(picture)


def texture(size: tuple[int, int], random: torch.Generator) -> Tensor:
    """A coloured random texture: noise, stripes, checks or a gradient, [1, 3, H, W] in [0, 1]."""
    height, width = size
    base = torch.rand(1, 3, 1, 1, generator=random)
    other = (base + (torch.rand(1, 3, 1, 1, generator=random) - 0.5) * uniform(random, 0.2, 1.4)).clamp(0, 1)
    y, x = torch.meshgrid(torch.arange(height) / 1.0, torch.arange(width) / 1.0, indexing="ij")
    angle, period = uniform(random, 0, math.pi), math.exp(uniform(random, 1.1, 4))
    phase = (x * math.cos(angle) + y * math.sin(angle)) * math.tau / period
    kind = int(uniform(random, 0, 5))
    if kind == 0:
        weight = torch.sin(phase)[None, None] * 0.5 + 0.5
    elif kind == 1:
        across = (y * math.cos(angle) - x * math.sin(angle)) * math.tau / period
        weight = ((torch.sin(phase) * torch.sin(across)) > 0).float()[None, None]
    elif kind == 2:
        weight = (x / width * uniform(random, 0, 1) + y / height * uniform(random, 0, 0.5))[None, None]
    else:
        octaves = [smooth_noise(size, period / 2**k + 1, random) for k in range(3)]
        weight = torch.stack(octaves).sum(0) * 0.25 + 0.5
    filled = base + (other - base) * weight
    if uniform(random, 0, 1) < 0.6:
        filled = filled + uniform(random, 0, 0.05) * gaussian(
            torch.randn(1, 3, height, width, generator=random), uniform(random, 0, 1)
        )
    return filled.clamp(0, 1)


def _reduced(picture: Image.Image) -> Tensor:
    width, height = picture.size
    levels = torch.frombuffer(bytearray(picture.tobytes()), dtype=torch.uint8).view(1, 1, height, width)
    return F.avg_pool2d(levels.float() / 255, 2)
