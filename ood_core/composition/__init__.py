"""Composite: the edit where the mask says so, the photograph everywhere else."""

from .blend import composite
from .colour import composite_matched, match_colour
from .native import carry_up
from .overlay import overlay
from .paste import paste_edit, paste_edit_into, paste_mask, paste_square
from .tone import Tone, colour_space_of

__all__ = [
    "Tone",
    "colour_space_of",
    "carry_up",
    "composite",
    "composite_matched",
    "match_colour",
    "overlay",
    "paste_edit",
    "paste_edit_into",
    "paste_mask",
    "paste_square",
]
