"""How long and with what the parts of a bundle are trained from its own generator."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Completing:
    """Of every part alike.

    Attributes:
        steps: updates of an encoder or a decomposer; a classifier and a deghosting network take a quarter.
        batch: samples in each.
        learning_rate: Adam's, at its highest.
        seed: of everything random.
    """

    steps: int = 4000
    batch: int = 8
    learning_rate: float = 1e-3
    seed: int = 0

    @property
    def fewer(self) -> int:
        """Updates of the parts that learn quickly."""
        return max(1, self.steps // 4)
