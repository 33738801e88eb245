"""How work tells how far it is, and where it may be stopped."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int, str], None]
"""Called as (done, total, what comes next). What it raises ends the work: so ComfyUI's Cancel arrives."""

_FINENESS = 100  # parts into which a step is divided that reports itself


class Steps:
    """Work of so many steps, some of which report themselves.

    Args:
        progress: told before each step, and within it; None for nobody.
        total: number of steps.
    """

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._total, self._begun = progress, total, 0

    @classmethod
    def of(cls, progress: Progress | Steps | None, total: int) -> Steps:
        """Steps of their own, or those of longer work that this is a part of."""
        return progress if isinstance(progress, Steps) else cls(progress, total)

    def begin(self, note: str) -> None:
        """Another step begins."""
        self._tell(self._begun * _FINENESS, note)
        self._begun += 1

    def end(self) -> None:
        """All is done."""
        self._tell(self._total * _FINENESS, "done")

    def within(self, done: int, total: int, note: str) -> None:
        """A `Progress` for the step that is going on."""
        share = max(0, self._begun - 1) + done / max(1, total)
        self._tell(round(share * _FINENESS), note)

    def _tell(self, done: int, note: str) -> None:
        if self._progress is not None:
            self._progress(done, self._total * _FINENESS, note)
