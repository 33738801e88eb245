"""The embedded domain: procedural portraits."""

from __future__ import annotations

from .factors import ATTRIBUTES, FACTOR_NAMES, sample_factors, set_attribute
from .renderer import Rendering, render

__all__ = ["ATTRIBUTES", "FACTOR_NAMES", "Rendering", "render", "sample_factors", "set_attribute"]
