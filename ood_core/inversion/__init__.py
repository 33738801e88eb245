"""Invert: a photograph to latents."""

from .encoder import EncoderConfig, GradualStyleEncoder
from .invert import invert, optimise
from .offsets import OffsetStyleEncoder

__all__ = ["EncoderConfig", "GradualStyleEncoder", "OffsetStyleEncoder", "invert", "optimise"]
