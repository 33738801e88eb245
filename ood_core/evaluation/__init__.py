"""Evaluation: true edits of people and things that no network has seen, methods, figures, the benchmark."""

from .benchmark import run_benchmark
from .methods import METHODS
from .samples import Sample, draw_sample

__all__ = ["METHODS", "Sample", "draw_sample", "run_benchmark"]
