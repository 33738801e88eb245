"""From factors to pictures: read ``paint_person`` top to bottom, back to front."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .anatomy import TILT, Anatomy, measure
from .backdrop import paint_backdrop
from .beard import draw_beard
from .canvas import Canvas, blank
from .clothes import draw_clothes
from .colours import Colours, colours_of
from .eyes import draw_brows, draw_eyes
from .factors import People
from .glasses import draw_glasses
from .hair import comb, draw_back_hair, draw_front_hair, fringe_shadow
from .head import draw_age, draw_ears, draw_head, draw_neck, draw_nose
from .importance import importance
from .mouth import draw_mouth

_CHUNK = 8  # people painted at once: their full-size fields then stay in the processor's cache


@dataclass(frozen=True)
class Rendering:
    """Portraits and what belongs to each of their pixels.

    Attributes:
        image: [B, 3, R, R] in [-1, 1].
        weight: importance of each pixel for a loss, [B, 1, R, R], 1 on plain areas, up to 8 on features.
        person: the person alone, colour premultiplied by ``alpha``, [B, 3, R, R] in [0, 1].
        alpha: how much of a pixel the person covers, [B, 1, R, R] in [0, 1].
        backdrop: the wall alone, [B, 3, R, R] in [0, 1].
        light: tint of the light on everything, [B, 3, 1, 1].
    """

    image: Tensor
    weight: Tensor
    person: Tensor
    alpha: Tensor
    backdrop: Tensor
    light: Tensor


@torch.no_grad()
def render(factors: Tensor, resolution: int = 128) -> Rendering:
    """Paint portraits. A pure function of the factors: the same numbers give the same bits.

    Args:
        factors: [B, K] as drawn by ``sample_factors``.
        resolution: R, any; 128 px look like a reduced 512 px picture.

    Returns:
        Rendering of B portraits.

    Raises:
        ShapeError: if ``factors`` is not [B, K].
    """
    chunks = [_render_chunk(part.float(), resolution) for part in factors.split(_CHUNK)]
    names = Rendering.__dataclass_fields__
    return Rendering(**{name: torch.cat([getattr(chunk, name) for chunk in chunks]) for name in names})


def _render_chunk(factors: Tensor, resolution: int) -> Rendering:
    people = People(factors)
    body, colours = measure(people), colours_of(people)
    canvas = blank(factors.shape[0], resolution, TILT * people["tilt"])
    paint_person(canvas, people, body, colours)
    person, alpha = canvas.rgba[:, :3], canvas.rgba[:, 3:]
    light = light_tint(people)
    backdrop = paint_backdrop(canvas, people, colours)
    image = finish(person, alpha, backdrop, light)
    return Rendering(image, importance(canvas, body, image), person, alpha, backdrop, light)


def paint_person(canvas: Canvas, people: People, body: Anatomy, colours: Colours) -> None:
    """Paint a person onto an empty canvas, from what lies behind to what lies in front."""
    hair = comb(canvas, people, body)
    draw_back_hair(canvas, hair, colours)
    draw_neck(canvas, people, body, colours)
    draw_clothes(canvas, people, body, colours)
    draw_ears(canvas, people, body, colours)
    draw_head(canvas, people, body, colours, fringe_shadow(hair, canvas))
    draw_age(canvas, people, body, colours)
    draw_eyes(canvas, people, body, colours)
    draw_nose(canvas, people, body, colours)
    draw_beard(canvas, people, body, colours)
    draw_mouth(canvas, people, body, colours)
    draw_front_hair(canvas, hair, people, colours)
    draw_brows(canvas, people, body, colours)
    draw_glasses(canvas, people, body)


def light_tint(people: People) -> Tensor:
    """Colour of the light, [B, 3, 1, 1]: from a cool morning to a warm evening."""
    warm = people["light_warmth"]
    return torch.cat([1 + 0.03 * warm, 1 + 0.0 * warm, 1 - 0.07 * warm], dim=1)


def finish(person: Tensor, alpha: Tensor, backdrop: Tensor, light: Tensor) -> Tensor:
    """Put the person before a backdrop, under the light: image in [-1, 1]."""
    return ((person + (1 - alpha) * backdrop) * light).clamp_(0, 1).mul_(2).sub_(1)
