"""What varies between portraits: named, continuous, independent numbers."""

from __future__ import annotations

import torch
from torch import Tensor

from ...errors import AttributeNameError, ShapeError

ATTRIBUTES: tuple[str, ...] = (
    "Beard",
    "Bushy_Eyebrows",
    "Eyeglasses",
    "Mouth_Open",
    "Narrow_Eyes",
    "Old",
    "Smiling",
)

_COLOURS = (
    "skin_tone",
    "skin_undertone",
    "blush",
    "hair_tone",
    "hair_warmth",
    "eye_colour",
    "lip_colour",
    "clothes_hue",
    "clothes_tone",
    "trim",
    "backdrop_hue",
    "backdrop_tone",
    "backdrop_gradient",
    "light_direction",
    "light_warmth",
)
_STYLES = ("hair_length", "hair_volume", "hair_curl", "fringe", "parting", "neckline")
_SHAPES = (
    "head_width",
    "jaw_width",
    "chin_length",
    "eye_size",
    "eye_spacing",
    "eye_tilt",
    "gaze",
    "brow_thickness",
    "brow_arch",
    "brow_angle",
    "nose_width",
    "nose_length",
    "mouth_width",
    "lip_thickness",
    "ear_size",
    "neck_width",
    "shoulder_width",
    "tilt",
    "turn",
)

FACTOR_NAMES: tuple[str, ...] = _COLOURS + _STYLES + _SHAPES + ATTRIBUTES


def sample_factors(count: int, generator: torch.Generator) -> Tensor:
    """Draw people.

    Colours and styles are uniform in [-1, 1]; shapes are normal (deviation 0.5) clipped to [-1, 1]; each
    attribute is absent, U(0, 0.15), or present, U(0.5, 1), with even odds. All factors are independent.

    Args:
        count: number of people, B.
        generator: source of randomness.

    Returns:
        Factors [B, K], in the order of ``FACTOR_NAMES``.
    """
    uniform = torch.rand(count, len(_COLOURS) + len(_STYLES), generator=generator) * 2 - 1
    normal = (torch.randn(count, len(_SHAPES), generator=generator) * 0.5).clamp(-1, 1)
    present = torch.rand(count, len(ATTRIBUTES), generator=generator) < 0.5
    amount = torch.rand(count, len(ATTRIBUTES), generator=generator)
    attributes = torch.where(present, 0.5 + 0.5 * amount, 0.15 * amount)
    return torch.cat([uniform, normal, attributes], dim=1)


def factor_index(name: str) -> int:
    """Column of a factor in [B, K]. Raises AttributeNameError, listing the known names, if there is none."""
    if name not in FACTOR_NAMES:
        raise AttributeNameError(f"portraits have no factor {name!r}; known: {', '.join(FACTOR_NAMES)}")
    return FACTOR_NAMES.index(name)


def set_attribute(factors: Tensor, name: str, value: float | Tensor) -> Tensor:
    """The same people with one factor set.

    Args:
        factors: [B, K].
        name: an attribute, or any other of ``FACTOR_NAMES``.
        value: one number for all, or [B].

    Returns:
        A new tensor [B, K]; the input is left as it is.
    """
    changed = factors.clone()
    changed[:, factor_index(name)] = value
    return changed


class People:
    """Named columns of a factor matrix, shaped [B, 1, 1, 1] so that they broadcast over pixels."""

    def __init__(self, factors: Tensor):
        if factors.ndim != 2 or factors.shape[1] != len(FACTOR_NAMES):
            raise ShapeError(f"factors must be [B, {len(FACTOR_NAMES)}], got {list(factors.shape)}")
        self._factors = factors[:, :, None, None, None]

    def __getitem__(self, name: str) -> Tensor:
        """One factor as it was drawn, [B, 1, 1, 1]."""
        return self._factors[:, factor_index(name)]

    def unit(self, name: str) -> Tensor:
        """A factor of range [-1, 1] mapped to [0, 1]."""
        return self[name] * 0.5 + 0.5

    def presence(self, attribute: str) -> Tensor:
        """How much of an attribute shows, 0..1: smoothstep, so that traces stay invisible."""
        value = self[attribute].clamp(0, 1)
        return value * value * (3 - 2 * value)
