"""Invert: a photograph to latents."""

from .encoder import EncoderConfig, GradualStyleEncoder
from .invert import invert, optimise

__all__ = ["EncoderConfig", "GradualStyleEncoder", "invert", "optimise"]
