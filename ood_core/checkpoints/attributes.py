"""Imported directions as a bundle's attributes: which class is theirs, and how far they go."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..bundle.manifest import Attribute
from ..editing.formats import Direction, Norm
from ..errors import BundleError, CheckpointError
from .classes import OFFICIAL_CLASSES, OFFICIAL_COUNT

_STRENGTH = 20.0  # the step of the published scripts, along directions of total length 1
Table = Mapping[str, tuple[int | None, float]]


def attributes_of(
    directions: Mapping[str, Direction], norm: Norm, count: int | None, table: Table | None, source: Path
) -> tuple[dict[str, Attribute], list[str]]:
    """Each direction as an attribute, and a line for each that the classifier does not know.

    Args:
        directions: by name.
        norm: the convention of their strengths.
        count: the classifier's number of classes; None where there is no classifier.
        table: attribute → (class, sign) as the user gave it; None for the published one.
        source: the file, for messages.

    Raises:
        CheckpointError: if the table does not fit directions and classes, or is needed and missing.
    """
    if count is not None and directions and table is None and count != OFFICIAL_COUNT:
        raise CheckpointError(
            f"the classifier names {count} classes, the published table is for {OFFICIAL_COUNT}; say with "
            "--classes which class belongs to which direction"
        )
    known: Table = OFFICIAL_CLASSES if table is None else table
    strays = sorted(set(known) - set(directions)) if table is not None else []
    if strays:
        raise CheckpointError(
            f"--classes: there is no direction '{strays[0]}'; found {', '.join(directions) or 'none'}"
        )
    attributes, notes = {}, []
    for name, direction in directions.items():
        index, sign = known.get(name, (None, 1.0)) if count is not None else (None, 1.0)
        if index is not None and not 0 <= index < (count or 0):
            raise CheckpointError(
                f"{source}: has no class {index} for '{name}'; expected 0 to {(count or 1) - 1}"
            )
        if index is None and count is not None:
            notes.append(f"'{name}' has no class: its mask follows what changes in the picture")
        try:
            attributes[name] = Attribute(name, index, name, sign, *_scale(norm, direction.unit))
        except BundleError as error:
            raise CheckpointError(str(error)) from None
    return attributes, notes


def _scale(norm: Norm, unit: float) -> tuple[float, tuple[float, float]]:
    """Default strength and useful range: the published ones, or the file's unit and InterFaceGAN's range."""
    return (_STRENGTH, (-1.0, 1.0)) if norm == "total" else (unit, (-10.0, 10.0))
