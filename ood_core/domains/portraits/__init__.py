"""The embedded domain: procedural portraits, and the out-of-domain things that may surround them."""

from __future__ import annotations

from .crowds import Crowds, sample_crowd
from .edits import EditSample, draw_pair, draw_pair_among_things, sample_edit, visible_change
from .factors import ATTRIBUTES, FACTOR_NAMES, sample_factors, set_attribute
from .landmarks import face_outlines, landmarks
from .renderer import Rendering, render
from .scenes import render_among_things, render_scene
from .things import HELD_OUT_KINDS, THING_KINDS, TRAINING_KINDS, Thing, sample_things

__all__ = [
    "ATTRIBUTES",
    "FACTOR_NAMES",
    "HELD_OUT_KINDS",
    "THING_KINDS",
    "TRAINING_KINDS",
    "Crowds",
    "EditSample",
    "Rendering",
    "Thing",
    "draw_pair",
    "draw_pair_among_things",
    "face_outlines",
    "landmarks",
    "render",
    "render_among_things",
    "render_scene",
    "sample_crowd",
    "sample_edit",
    "sample_factors",
    "sample_things",
    "set_attribute",
    "visible_change",
]
