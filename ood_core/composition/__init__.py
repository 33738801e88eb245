"""Composite: the edit where the mask says so, the photograph everywhere else."""

from ood_core.composition.blend import composite
from ood_core.composition.colour import match_colour
from ood_core.composition.native import carry_up, paste_square

__all__ = ["carry_up", "composite", "match_colour", "paste_square"]
