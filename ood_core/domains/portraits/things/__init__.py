"""Things a portrait network never saw: worn, held, stuck on, in front of or behind a person.

To add one: write ``draw_…(canvas, wearer, dice)`` in the file of its family, and list it in
``catalogue.py``: there it also belongs to the training kinds, or to those held out for the benchmark.
"""

from __future__ import annotations

from .catalogue import (
    HELD_OUT_KINDS,
    THING_KINDS,
    TRAINING_KINDS,
    WALL_KINDS,
    Thing,
    draw_things,
    draw_wall,
    sample_things,
)

__all__ = [
    "HELD_OUT_KINDS",
    "THING_KINDS",
    "TRAINING_KINDS",
    "WALL_KINDS",
    "Thing",
    "draw_things",
    "draw_wall",
    "sample_things",
]
