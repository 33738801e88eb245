"""Which class of a differential classifier belongs to which attribute."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import CheckpointError
from ..files.texts import read_json

OFFICIAL_COUNT = 17
OFFICIAL_CLASSES = {
    "Bushy_Eyebrows": (6, 1.0),
    "Eyeglasses": (7, 1.0),
    "Mouth_Open": (10, 1.0),
    "Narrow_Eyes": (11, 1.0),
    "Beard": (12, -1.0),
    "Smiling": (15, 1.0),
    "Old": (16, -1.0),
}
"""Attribute → class of the published 17-class differential classifier, and the sign of its evidence.

The published code names these seven classes only. The numbers are places in an alphabetical list of CelebA's
attributes, where 12 falls on No_Beard and 16 on Young: so that evidence for the class is evidence against the
attribute, hence the two negative signs. They are an inference, not documentation; `classes` overrides them.
"""

_FORM = 'expected JSON such as {"Smiling": 15, "Beard": [12, -1], "Hat": null}'


def read_classes(path: str | Path) -> dict[str, tuple[int | None, float]]:
    """Attribute → (class or None, sign) out of a JSON file; see `import_official`.

    Raises:
        CheckpointError: if it is no such file.
    """
    data = read_json(path, CheckpointError, _FORM)
    try:
        return {str(name): _class_and_sign(entry) for name, entry in data.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{path}: {error}; {_FORM}") from None


def _class_and_sign(entry: Any) -> tuple[int | None, float]:
    index, sign = entry if isinstance(entry, list) else (entry, 1)
    if isinstance(index, bool) or not (index is None or isinstance(index, int)) or sign not in (1, -1):
        raise ValueError(f"{entry!r} is no class")
    return index, float(sign)
