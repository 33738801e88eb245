"""What was measured of each picture, a line of JSON each: an interrupted run goes on where it stopped."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from ...errors import ImageError
from ...files.whole import written_whole
from ...progress import Progress

T = TypeVar("T")
Figures = dict[str, Any]
"""What is known of one picture: numbers, truths, lists of them, by name."""


class Measured:
    """Figures of pictures, in memory and, where a file is named, on disk as soon as they are there."""

    def __init__(self, path: Path | None = None, run: Figures | None = None) -> None:
        """Read what an earlier run of the same kind left; lines that were not written to their end are lost.

        Args:
            path: of the lines; None keeps them in memory alone.
            run: whatever the figures depend on; a file of another run is begun anew.

        Raises:
            ImageError: if the file cannot be written.
        """
        self._path, self._known = path, {}
        if path is None:
            return
        head = json.dumps({"run": run or {}})
        lines = _lines(path)
        kept = lines[1:] if lines[:1] == [head] else []
        self._known = dict(map(_entry, kept))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with written_whole(path) as partial:
                partial.write_text("\n".join([head, *kept]) + "\n", encoding="utf-8")
        except OSError as error:
            raise ImageError(f"{path}: cannot be written ({error.strerror}); choose another place") from error

    @property
    def known(self) -> int:
        """How many figures there are."""
        return len(self._known)

    def each(
        self,
        stage: str,
        items: Sequence[tuple[str, T]],
        measure: Callable[[T], Figures],
        progress: Progress | None = None,
    ) -> list[Figures]:
        """The figures of each picture, measured where they are not known yet.

        Args:
            stage: what is measured.
            items: name, different for each, and the picture.
            measure: one picture's figures, which JSON can hold.
            progress: told after each picture.
        """
        found = []
        for done, (name, item) in enumerate(items, 1):
            key = f"{stage}/{name}"
            if key not in self._known:
                self._known[key] = measure(item)
                self._write(key)
            found.append(self._known[key])
            if progress is not None:
                progress(done, len(items), stage)
        return found

    def of(self, stage: str) -> dict[str, Figures]:
        """Name → figures of everything that a stage measured."""
        start = f"{stage}/"
        return {key.removeprefix(start): own for key, own in self._known.items() if key.startswith(start)}

    def forget(self) -> None:
        """Delete the file: the run is through."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def _write(self, key: str) -> None:
        if self._path is None:
            return
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([key, self._known[key]]) + "\n")


def _lines(path: Path) -> list[str]:
    """The whole lines of the file that can be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return []
    head, *lines = text[: text.rfind("\n") + 1].splitlines() or [""]
    return [head, *(line for line in lines if _readable(line))]


def _readable(line: str) -> bool:
    try:
        key, figures = json.loads(line)
    except ValueError:
        return False
    return isinstance(key, str) and isinstance(figures, dict)


def _entry(line: str) -> tuple[str, Figures]:
    key, figures = json.loads(line)
    return key, figures
