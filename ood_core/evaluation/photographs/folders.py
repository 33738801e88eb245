"""Photographs in folders: every folder is a group with a row of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from ...errors import ImageError
from ...files.formats import SUFFIXES

T = TypeVar("T")


def grouped(folder: Path, count: int) -> dict[str, list[Path]]:
    """A folder's photographs by the folder they lie in, each folder thinned evenly to a number of them.

    Raises:
        ImageError: if there is no photograph.
    """
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        if path.suffix.lower() in SUFFIXES and path.is_file():
            found.setdefault(path.parent.name, []).append(path)
    if not found:
        raise ImageError(f"{folder} holds no photographs; name a folder of them, or of folders of them")
    return {name: thinned(paths, count) for name, paths in found.items()}


def thinned(items: Sequence[T], count: int) -> list[T]:
    """So many of them, evenly, or all."""
    if len(items) <= count:
        return list(items)
    return [items[index * len(items) // count] for index in range(count)]


def named(groups: Mapping[str, Sequence[Path]]) -> list[tuple[str, Path]]:
    """Every photograph with its group: ("album/anna.jpg", path)."""
    return [(f"{group}/{path.name}", path) for group, paths in groups.items() for path in paths]
