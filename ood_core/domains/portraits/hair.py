"""Hair: one outline, worn behind the head and in front of it, shaded along its strands."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .anatomy import CRANIUM_HEIGHT, CRANIUM_Y, Anatomy
from .canvas import Canvas
from .colours import Colours
from .factors import People
from .shapes import box, cover, ellipse, smooth_intersection, smooth_union, soft, step


@dataclass(frozen=True)
class Hair:
    """Distances over the whole picture, [B, 1, H, W].

    Attributes:
        outer: the outline of all hair.
        front: the hair in front of the face, with the face cut out.
        strand: coordinate across the strands.
    """

    outer: Tensor
    front: Tensor
    strand: Tensor


def comb(canvas: Canvas, people: People, body: Anatomy) -> Hair:
    """Work out where the hair lies. Length, volume, curl, fringe and parting are continuous."""
    length, curl = people.unit("hair_length"), people["hair_curl"].clamp(min=0)
    volume = 0.04 + 0.065 * people.unit("hair_volume") + 0.03 * curl
    u, v = canvas.u, canvas.v
    wave = torch.sin(19 * v + 1.0)
    ripple = wave * torch.sin(17 * u + 0.5)
    lean = 0.6 * people["parting"] * volume
    cap = ellipse(
        u + lean * step(-v, 0.1, 0.8),
        v - CRANIUM_Y,
        body.head_width + volume * (0.4 + 0.5 * length),
        CRANIUM_HEIGHT + 1.05 * volume,
    )
    cap = smooth_intersection(cap, v - 0.03 - 0.5 * length, 0.06)
    end = -0.1 + 1.1 * step(length, 0.1, 1.0)
    fall_width = body.head_width * (0.96 + 0.06 * length) + volume * (0.1 + 1.0 * length)
    fall = box(u, v - (end - 0.2) / 2, fall_width, (end + 0.2) / 2, 0.17)
    outer = smooth_union(cap, fall, 0.08) - curl * 0.02 * ripple
    return Hair(
        outer,
        smooth_intersection(outer, -_face(u, v, wave, people, body), 0.02),
        _strands(u, v, wave, people),
    )


def _face(u: Tensor, v: Tensor, wave: Tensor, people: People, body: Anatomy) -> Tensor:
    """Distance to the opening that shows the face: below the hairline, between the side locks."""
    length, fringe = people.unit("hair_length"), people.unit("fringe")
    across = u - 0.24 * people["parting"]
    lift = 0.03 + 0.11 * (1 - 0.6 * fringe)
    peak = lift / (1 + 28 * across.square())
    curl = people["hair_curl"].clamp(min=0)
    locks = torch.sin(_strands(u, v, wave, people) * 37 + 0.4)
    hairline = (
        -0.325 + 0.15 * fringe - peak + 0.42 * u.square() + (0.006 + 0.014 * fringe + 0.01 * curl) * locks
    )
    covering = step(length, 0.2, 0.8)
    side = body.head_width * (1.01 - 0.13 * covering) + 0.1 * step(v, 0.15, 0.9) + 0.012 * curl * wave
    temple = 0.055 * (1 - step(v, -0.25, 0.0))
    return smooth_intersection(hairline - v, u.abs() - side + temple, 0.1)


def _strands(u: Tensor, v: Tensor, wave: Tensor, people: People) -> Tensor:
    root = 0.24 * people["parting"]
    return (u - root) / (v + 1.3) + 0.03 * people["hair_curl"].clamp(min=0) * wave


def draw_back_hair(canvas: Canvas, hair: Hair, colours: Colours) -> None:
    """What is seen behind neck and ears: darker."""
    shade = torch.lerp(colours.hair_shade * 0.82, colours.hair_shade, 0.5 + 0.5 * torch.sin(hair.strand * 38))
    canvas.paint(shade, cover(hair.outer, canvas.pixel))


def fringe_shadow(hair: Hair, canvas: Canvas) -> Tensor:
    """How much the front hair darkens the skin beside it, [B, 1, H, W]."""
    return soft(hair.front - 0.02, 0.11)


def draw_front_hair(canvas: Canvas, hair: Hair, people: People, colours: Colours) -> None:
    """Top and side locks, with strands, a band of shine, and a darker rim at the lower side."""
    strand = hair.strand
    tone = 0.6 * torch.sin(strand * 37) + 0.4 * torch.sin(strand * 83 + 1.3)
    light = people["light_direction"]
    lit = canvas.u * light * 0.9 - 0.55 * (canvas.v + 0.25)
    colour = torch.lerp(colours.hair, colours.hair_shade, step(tone - 1.1 * lit, -0.35, 1.5) * 0.85)
    depth = (canvas.v + 0.56 - 0.55 * (canvas.u - 0.12 * light).square()) / 0.14
    band = (1 - depth.square()).clamp_(min=0).square_() * (0.55 + 0.45 * tone)
    colour.lerp_(colours.hair_light, band * 0.9)
    colour.lerp_(colours.hair_light, soft(hair.outer + 0.012, -0.03) * step(lit, 0.1, 0.6) * 0.3)
    colour.lerp_(colours.hair_shade * 0.8, soft(-hair.front - 0.0, 0.05) * step(canvas.v, -0.5, 0.1) * 0.35)
    canvas.paint(colour, cover(hair.front, canvas.pixel))
