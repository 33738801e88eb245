"""Composite: the edit where the mask says so, the photograph everywhere else."""

from .blend import composite
from .colour import match_colour
from .native import carry_up, paste_square

__all__ = ["carry_up", "composite", "match_colour", "paste_square"]
