"""LatentEdit: w + Σ αᵢ·nᵢ, several directions at once, each with its own signed strength."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real

from torch import Tensor

from ..errors import AttributeNameError, ShapeError, StrengthError

Ranges = Mapping[str, tuple[float, float]]
"""Attribute name → lowest and highest strength with which results are good."""

_FAR, _ABSURD = 2.0, 100.0  # multiples of the range beyond which one is warned, and refused


def latent_edit(
    latents: Tensor,
    directions: Mapping[str, Tensor],
    strengths: Mapping[str, float],
    defaults: Mapping[str, float],
) -> Tensor:
    """Move latents along directions.

    Args:
        latents: [B,L,D]; not changed.
        directions: [L,D] for each known attribute.
        strengths: signed, by attribute name; 1.0 is that attribute's default edit, 0 leaves it alone.
        defaults: length of the default edit in units of the direction, by attribute name; 1.0 where absent.

    Returns:
        Latents [B,L,D]; the very same numbers where every strength is 0.

    Raises:
        AttributeNameError: for a name without a direction; lists the known names.
        StrengthError: if a strength is not a finite number.
        ShapeError: if a direction does not fit the latents.
    """
    edited = latents
    for name, strength in checked_strengths(strengths, directions).items():
        direction = directions[name].to(latents)
        if direction.shape != latents.shape[1:]:
            raise ShapeError(
                f"Direction '{name}' is {list(direction.shape)}, the latents are {list(latents.shape)}: "
                "a direction must be [L, D]. Was it made for another generator?"
            )
        if strength:
            edited = edited + strength * defaults.get(name, 1.0) * direction
    return edited


def checked_strengths(
    strengths: Mapping[str, object], known: Mapping[str, object], ranges: Ranges | None = None
) -> dict[str, float]:
    """The strengths as floats, after checking names and values.

    Args:
        strengths: by attribute name.
        known: what can be edited, by name.
        ranges: where strengths give good results, by name; those a hundred times beyond are refused.

    Raises:
        AttributeNameError: for a name that is not among `known`.
        StrengthError: if a strength is not a finite number, or out of all range.
    """
    checked = {}
    for name, strength in strengths.items():
        if name not in known:
            raise AttributeNameError(
                f"Unknown attribute '{name}'. Known: {', '.join(sorted(known)) or 'none'}."
            )
        if isinstance(strength, bool) or not isinstance(strength, Real) or not math.isfinite(strength):
            raise StrengthError(
                f"The strength of '{name}' must be a finite number such as 1.0 or -0.5, not {strength!r}."
            )
        low, high = (ranges or {}).get(name, (-math.inf, math.inf))
        if not _ABSURD * low <= float(strength) <= _ABSURD * high:
            raise StrengthError(f"Strength {name}={strength:g} is out of range; try {low:g} to {high:g}.")
        checked[name] = float(strength)
    return checked


def strength_notes(strengths: Mapping[str, float], ranges: Ranges) -> tuple[str, ...]:
    """A sentence for each strength that lies far outside the range where results are good.

    Args:
        strengths: by attribute name.
        ranges: (lowest, highest), by attribute name.
    """
    notes = []
    for name, strength in strengths.items():
        low, high = ranges.get(name, (-math.inf, math.inf))
        if not _FAR * low <= strength <= _FAR * high:
            notes.append(f"{name}={strength:g} is far outside of {low:g} to {high:g}, where edits look right")
    return tuple(notes)
