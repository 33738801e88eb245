"""What is there, altered: recoloured, bent, relit, of another pattern, before another background."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from ...domains.portraits.canvas import blank
from ...domains.portraits.colours import HAIR_WARM, colour
from ...domains.portraits.shapes import step
from ...domains.portraits.things import WALL_KINDS, Thing, draw_wall
from ...domains.portraits.things.tools import Dice, turned
from .photograph import Photograph

DYES = ("#b3182e", "#1f5fa8", "#2a8a55", "#7a2f9a", "#d98a1f", "#c2548c", "#1c9aa0")
WHITE = "#f2eee6"


def recoloured_hair(photo: Photograph, dice: Dice) -> Tensor:
    """Hair, or what covers it, dyed."""
    return _dyed(
        photo.picture, photo.hair, colour(dice.pick(DYES + HAIR_WARM[2:5])), dice.uniform(0.75, 0.95)
    )


def recoloured_clothes(photo: Photograph, dice: Dice) -> Tensor:
    """Clothes of another colour, with the same folds."""
    return _dyed(photo.picture, photo.clothes, colour(dice.pick((*DYES, WHITE))), dice.uniform(0.8, 1.0))


def patterned_clothes(photo: Photograph, dice: Dice) -> Tensor:
    """Clothes with checks, dots or stripes instead of their own texture."""
    x, y = turned(photo.frame.u, photo.frame.v, dice.uniform(-30, 30))
    pitch = dice.uniform(0.25, 0.6)
    across, down = torch.sin(2 * math.pi * x / pitch), torch.sin(2 * math.pi * y / pitch)
    kind = dice.pick(("checks", "dots", "stripes"))
    amount = {"checks": (across + down) / 2, "dots": across * down, "stripes": across}[kind]
    first, second = dice.accents()
    cloth = torch.lerp(first, second, step(amount, -0.15, 0.35))
    return torch.lerp(photo.picture, _lit_as(photo.picture, cloth), photo.clothes)


def relit_face(photo: Photograph, dice: Dice) -> Tensor:
    """Coloured light upon the face from one side, or a shadow."""
    u, v = photo.frame.u, photo.frame.v
    x, _ = turned(u, v, dice.uniform(0, 360))
    shape = step(1.12 - ((u / 1.05).square() + ((v - 0.35) / 1.5).square()).sqrt(), 0.0, 0.18)
    strength = dice.uniform(0.3, 0.6) * dice.side()
    warm = torch.tensor([dice.uniform(0.9, 1.2), 1.0, dice.uniform(0.7, 1.0)]).view(1, 3, 1, 1)
    gain = 1 + strength * warm * (0.4 + 0.6 * step(x, -1.0, 1.0))
    lit = ((photo.picture + 1) * gain - 1).clamp(-1, 1)
    return torch.lerp(photo.picture, lit, shape)


def smile(photo: Photograph, dice: Dice) -> Tensor:
    """The corners of the mouth drawn out and up, and the cheeks with them."""
    frame = photo.frame
    lift, wide = dice.uniform(0.1, 0.2), dice.uniform(0.05, 0.12)
    du, dv = torch.zeros_like(frame.u), torch.zeros_like(frame.v)
    for side in (-1.0, 1.0):
        bell = _bell(frame.u - frame.mouth[0] - side * frame.mouth_width, frame.v - frame.mouth[1], 0.42)
        du, dv = du - side * wide * bell, dv + lift * bell
    middle = _bell(frame.u - frame.mouth[0], frame.v - frame.mouth[1] - 0.1, 0.3)
    return _bent(photo, du, dv - 0.35 * lift * middle)


def larger_eyes(photo: Photograph, dice: Dice) -> Tensor:
    """Both eyes enlarged, as beauty filters do."""
    u, v = photo.frame.u, photo.frame.v
    amount = dice.uniform(0.2, 0.38)
    du, dv = torch.zeros_like(u), torch.zeros_like(v)
    for side in (-0.5, 0.5):
        bell = _bell(u - side, v, 0.5)
        du, dv = du - amount * (u - side) * bell, dv - amount * v * bell
    return _bent(photo, du, dv)


def narrower_nose(photo: Photograph, dice: Dice) -> Tensor:
    """The nose drawn together."""
    u, v = photo.frame.u - photo.frame.nose[0], photo.frame.v - photo.frame.nose[1] + 0.1
    return _bent(photo, dice.uniform(0.35, 0.6) * u * _bell(u, v, 0.55), torch.zeros_like(v))


def other_background(photo: Photograph, dice: Dice) -> Tensor:
    """The person before another wall or landscape."""
    height, width = photo.picture.shape[-2:]
    canvas = blank(1, max(height, width), torch.zeros(1, 1, 1, 1))
    draw_wall(canvas, [Thing(dice.pick(WALL_KINDS), int(dice.uniform(0, 2**31)))])
    plain = colour(dice.pick(("#8fb4d8", "#c9b79a", "#7f9a80", "#b9a3c4")))
    wall = canvas.rgba[:, :3] + (1 - canvas.rgba[:, 3:]) * plain
    return torch.lerp(wall[..., :height, :width] * 2 - 1, photo.picture, photo.person)


def _dyed(picture: Tensor, where: Tensor, dye: Tensor, amount: float) -> Tensor:
    return torch.lerp(picture, _lit_as(picture, dye), where * amount)


def _lit_as(picture: Tensor, colours: Tensor) -> Tensor:
    """Colours with a picture's light and folds: its brightness about 0.25 to 0.75 of white."""
    light = ((picture + 1) / 2).mean(1, keepdim=True)
    return (colours * (0.45 + 1.1 * light)).clamp(0, 1) * 2 - 1


def _bell(u: Tensor, v: Tensor, radius: float) -> Tensor:
    """1 at the origin, smooth, exactly 0 beyond the radius."""
    return (1 - (u.square() + v.square()) / radius**2).clamp_min(0).square()


def _bent(photo: Photograph, du: Tensor, dv: Tensor) -> Tensor:
    """The picture with every pixel fetched from (du, dv) further, in units of the face."""
    height, width = photo.picture.shape[-2:]
    frame = photo.frame
    axis = frame.u[0, 0, 0, 1] - frame.u[0, 0, 0, 0], frame.u[0, 0, 1, 0] - frame.u[0, 0, 0, 0]
    cosine, sine = float(axis[0]) / frame.pixel, float(axis[1]) / frame.pixel
    dx, dy = ((du * cosine - dv * sine) / frame.pixel, (du * sine + dv * cosine) / frame.pixel)
    y, x = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    grid = torch.stack([(x + dx[0, 0]) * 2 / width - 1, (y + dy[0, 0]) * 2 / height - 1], dim=-1)
    return F.grid_sample(photo.picture, grid[None], "bicubic", "border", align_corners=False).clamp(-1, 1)
