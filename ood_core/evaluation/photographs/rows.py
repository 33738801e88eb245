"""Rows of tables: numbers of many faces by name, and their means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch

_WORST = {"psnr": 0.05, "distance": 0.95}  # the twentieth that a mean hides


@dataclass
class Row:
    """One row: what it is about, and a list of numbers for each figure."""

    head: dict[str, str]
    values: dict[str, list[float]] = field(default_factory=dict)

    def add(self, **numbers: float) -> None:
        """Count one face."""
        for name, number in numbers.items():
            self.values.setdefault(name, []).append(number)

    def figures(self) -> dict[str, Any]:
        """The head, the number of faces, and means; the worst twentieth where a mean hides it."""
        means = {name: float(torch.tensor(own).mean()) for name, own in self.values.items()}
        made: dict[str, Any] = {**self.head, "faces": max(map(len, self.values.values()), default=0), **means}
        for name, share in _WORST.items():
            if own := self.values.get(name):
                made[f"{name}_worst"] = float(torch.tensor(own).quantile(share))
        return made


def happy_after(was: float, now: float) -> dict[str, float]:
    """Whether a face is judged happy now, under the name of what it was before."""
    return {"happy_was_happy" if was else "happy_was_not": now}
