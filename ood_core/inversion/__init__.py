"""Invert: a photograph to latents."""

from .encoder import EncoderConfig, GradualStyleEncoder
from .flat import FlatStyleEncoder, SingleStyleEncoder
from .invert import invert, optimise
from .restyle import ReStyleConfig, ReStyleEncoder

__all__ = [
    "EncoderConfig",
    "FlatStyleEncoder",
    "GradualStyleEncoder",
    "ReStyleConfig",
    "ReStyleEncoder",
    "SingleStyleEncoder",
    "invert",
    "optimise",
]
