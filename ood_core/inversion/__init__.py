"""Invert: a photograph to latents."""

from ood_core.inversion.encoder import EncoderConfig, GradualStyleEncoder
from ood_core.inversion.invert import invert, optimise

__all__ = ["EncoderConfig", "GradualStyleEncoder", "invert", "optimise"]
