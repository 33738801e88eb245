"""Invert: a photograph to latents."""

from .descent import optimise
from .encoder import EncoderConfig, GradualStyleEncoder
from .flat import FlatStyleEncoder, SingleStyleEncoder
from .inverter import AnyEncoder, ByDescent, ByEncoder, ByReStyle, ByTuning, Inverter, encode, inverter_of
from .restyle import ReStyleConfig, ReStyleEncoder, invert_in_steps
from .tuning import Tuning, TuningSettings, drawn, part_of, tune

__all__ = [
    "AnyEncoder",
    "ByDescent",
    "ByEncoder",
    "ByReStyle",
    "ByTuning",
    "EncoderConfig",
    "FlatStyleEncoder",
    "GradualStyleEncoder",
    "Inverter",
    "ReStyleConfig",
    "ReStyleEncoder",
    "SingleStyleEncoder",
    "Tuning",
    "TuningSettings",
    "drawn",
    "encode",
    "inverter_of",
    "invert_in_steps",
    "optimise",
    "part_of",
    "tune",
]
