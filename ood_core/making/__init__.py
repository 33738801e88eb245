"""Bundles made better from what they hold: directions found and learned, levels calibrated."""

from .calibration import calibrate
from .directions import (
    find_directions,
    keep_found,
    learn_direction,
    learn_from_pictures,
    remove_directions,
    rename_direction,
)
from .sampling import sample_latents
from .sheet import directions_sheet

__all__ = [
    "calibrate",
    "directions_sheet",
    "find_directions",
    "keep_found",
    "learn_direction",
    "learn_from_pictures",
    "remove_directions",
    "rename_direction",
    "sample_latents",
]
