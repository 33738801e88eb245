"""Decomposition: one small network that tells edit, photograph and foreign things apart, pixel by pixel."""

from .network import Decomposer, DecomposerConfig
from .stage import Decomposition, decompose, held_back

__all__ = ["Decomposer", "DecomposerConfig", "Decomposition", "decompose", "held_back"]
