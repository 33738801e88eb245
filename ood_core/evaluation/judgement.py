"""What the judge says of the results: is the edit there, and did anything else move?"""

from __future__ import annotations

from collections.abc import Mapping

from .metrics import Share
from .samples import ABSENT, PRESENT

HALFWAY = (ABSENT + PRESENT) / 2
"""From here on an attribute counts as present."""

Amounts = Mapping[str, float]
"""Attribute → how much of it is there, in [0, 1]."""


class JudgedFigures:
    """Success and leakage, gathered sample by sample."""

    def __init__(self) -> None:
        self._success, self._leakage = Share(), Share()

    def add(self, edits: Mapping[str, float], before: Amounts, truth: Amounts, result: Amounts) -> None:
        """Count one sample.

        An edit of strength 1 or more counts for success if the judge can see it at all: it reads the picture
        on the wrong side of ``HALFWAY`` and the true edit on the right one. Things may hide an attribute.

        Args:
            edits: attribute → signed strength.
            before, truth, result: what the judge reads in the picture, the true edit and the method's.
        """
        for name, amount in truth.items():
            if name not in edits:
                self._leakage.add(abs(result[name] - amount), 1)
            elif (
                abs(edits[name]) >= 1
                and _there(edits[name], amount)
                and not _there(edits[name], before[name])
            ):
                self._success.add(_there(edits[name], result[name]), 1)

    def figures(self) -> dict[str, float | None]:
        """Share of the edits that succeeded; mean movement of the other attributes away from the truth."""
        return {"attribute_success": self._success.value, "leakage": self._leakage.value}


def _there(strength: float, amount: float) -> bool:
    return amount > HALFWAY if strength > 0 else amount < HALFWAY
