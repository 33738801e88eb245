"""Invert: a photograph to latents."""

from .descent import optimise
from .encoder import EncoderConfig, GradualStyleEncoder
from .flat import FlatStyleEncoder, SingleStyleEncoder
from .inverter import AnyEncoder, ByDescent, ByEncoder, ByReStyle, Inverter, encode, inverter_of
from .restyle import ReStyleConfig, ReStyleEncoder, invert_in_steps

__all__ = [
    "AnyEncoder",
    "ByDescent",
    "ByEncoder",
    "ByReStyle",
    "EncoderConfig",
    "FlatStyleEncoder",
    "GradualStyleEncoder",
    "Inverter",
    "ReStyleConfig",
    "ReStyleEncoder",
    "SingleStyleEncoder",
    "encode",
    "inverter_of",
    "invert_in_steps",
    "optimise",
]
