"""Curated palettes, and the colours of one person.

A factor walks along a palette: colours change continuously and never leave what was chosen to look well.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .factors import People

SKIN = ("#ffe3d0", "#f7cfae", "#e9b489", "#cf9263", "#a86c45", "#7d4a31", "#5a3526")
HAIR_COOL = ("#1d1a22", "#33292b", "#5a4438", "#8d7355", "#c2a878", "#e8d9b6")
HAIR_WARM = ("#2a1613", "#56241a", "#8f3d1f", "#bf5f27", "#dc8f3e", "#f1c878")
IRIS = ("#3b2416", "#6b4423", "#8a7a3a", "#4f8a5b", "#3f8fa8", "#4f78b8")
LIPS = ("#d98a7c", "#d4676a", "#bb4a55", "#a33a4f")
CLOTHES = ("#24405f", "#2f7a86", "#6fa58c", "#e9c46a", "#ee9b5c", "#d9583f", "#a23b52", "#5c4475")
BACKDROP = ("#f4a988", "#f7d08a", "#b9d79b", "#82c7b5", "#86bde0", "#a5a3e3", "#dc9cc9", "#f09c98")

INK = "#2b1d22"
CREAM = "#fff6e9"


def colour(code: str, device: torch.device | None = None) -> Tensor:
    """``#rrggbb`` as [1, 3, 1, 1] in [0, 1]."""
    values = [int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return torch.tensor(values, device=device).view(1, 3, 1, 1)


def walk(palette: tuple[str, ...], position: Tensor) -> Tensor:
    """Colours along a palette.

    Args:
        palette: stops, evenly spaced.
        position: [B, 1, 1, 1] in [0, 1].

    Returns:
        [B, 3, 1, 1], linear between neighbouring stops.
    """
    stops = torch.cat([colour(code, position.device) for code in palette])
    place = position.clamp(0, 1).flatten() * (len(palette) - 1)
    below = place.floor().clamp(max=len(palette) - 2).long()
    share = (place - below).view(-1, 1, 1, 1)
    return torch.lerp(stops[below], stops[below + 1], share)


def grey(colours: Tensor) -> Tensor:
    """The same brightness without hue, [B, 1, 1, 1]."""
    return (colours * colour("#4c961d", colours.device) * (255 / 256)).sum(1, keepdim=True)


@dataclass(frozen=True)
class Colours:
    """One person's colours, each [B, 3, 1, 1]."""

    skin: Tensor
    skin_shade: Tensor
    skin_light: Tensor
    blush: Tensor
    hair: Tensor
    hair_shade: Tensor
    hair_light: Tensor
    brow: Tensor
    iris: Tensor
    lips: Tensor
    clothes: Tensor
    clothes_shade: Tensor
    clothes_light: Tensor
    trim: Tensor
    backdrop: Tensor
    backdrop_far: Tensor


def colours_of(people: People) -> Colours:
    """Read the colours off the factors; age greys the hair and dulls the skin a little."""
    skin = _skin(people)
    hair = _hair(people)
    clothes = _clothes(people)
    light = colour(CREAM, skin.device)
    backdrop, backdrop_far = _backdrop(people)
    return Colours(
        skin=skin,
        skin_shade=skin * colour("#c98d83", skin.device),
        skin_light=torch.lerp(skin, light, 0.5),
        blush=torch.lerp(skin, colour("#e8574f", skin.device), 0.42),
        hair=hair,
        hair_shade=hair * colour("#96808a", skin.device),
        hair_light=torch.lerp(hair, colour("#ffe2b8", skin.device), 0.34),
        brow=hair * 0.68,
        iris=walk(IRIS, people.unit("eye_colour")),
        lips=torch.lerp(walk(LIPS, people.unit("lip_colour")), skin * colour("#d98a80", skin.device), 0.35),
        clothes=clothes,
        clothes_shade=clothes * colour("#a98fa6", skin.device),
        clothes_light=torch.lerp(clothes, light, 0.25),
        trim=torch.lerp(clothes * 0.7, light, people.unit("trim")),
        backdrop=backdrop,
        backdrop_far=backdrop_far,
    )


def _skin(people: People) -> Tensor:
    tone = walk(SKIN, people.unit("skin_tone"))
    undertone = people["skin_undertone"] * 0.02
    skin = (tone + torch.cat([undertone, -0.2 * undertone, 0.6 * undertone], dim=1)).clamp(0, 1)
    dull = torch.lerp(skin, grey(skin), 0.2) * 0.96
    return torch.lerp(skin, dull, people.presence("Old"))


def _hair(people: People) -> Tensor:
    tone = people.unit("hair_tone")
    young = torch.lerp(walk(HAIR_COOL, tone), walk(HAIR_WARM, tone), people.unit("hair_warmth"))
    aged = torch.lerp(colour("#a9a7ad", young.device), colour("#e6e3e0", young.device), tone)
    return torch.lerp(young, aged, people.presence("Old") * 0.94)


def _clothes(people: People) -> Tensor:
    cloth = walk(CLOTHES, people.unit("clothes_hue"))
    tone = people["clothes_tone"]
    return torch.lerp(
        cloth * (1 + 0.3 * tone.clamp(max=0)), colour(CREAM, tone.device), 0.45 * tone.clamp(min=0)
    )


def _backdrop(people: People) -> tuple[Tensor, Tensor]:
    hue = people.unit("backdrop_hue")
    near = walk(BACKDROP, hue)
    tone = people["backdrop_tone"]
    near = near * (1 + 0.3 * tone.clamp(max=0))
    near = torch.lerp(near, colour(CREAM, tone.device), 0.55 * tone.clamp(min=0))
    far = torch.lerp(
        near, walk(BACKDROP, (hue + 0.22).clamp(max=1)) * 0.85, 0.75 * people.unit("backdrop_gradient")
    )
    return near, far
