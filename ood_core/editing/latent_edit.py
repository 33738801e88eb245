"""LatentEdit: w + Σ αᵢ·nᵢ, several directions at once, each with its own signed strength."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real

from torch import Tensor

from ..errors import AttributeNameError, ShapeError, StrengthError


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


def checked_strengths(strengths: Mapping[str, object], known: Mapping[str, object]) -> dict[str, float]:
    """The strengths as floats, after checking names and values.

    Raises:
        AttributeNameError: for a name that is not among `known`.
        StrengthError: if a strength is not a finite number.
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
        checked[name] = float(strength)
    return checked
