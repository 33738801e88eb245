"""Composite: the edit where the mask says so, the photograph everywhere else."""

from .blend import composite
from .colour import composite_matched, match_colour
from .native import carry_up, paste_edit, paste_mask, paste_square
from .overlay import overlay

__all__ = [
    "carry_up",
    "composite",
    "composite_matched",
    "match_colour",
    "overlay",
    "paste_edit",
    "paste_mask",
    "paste_square",
]
