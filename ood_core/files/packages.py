"""Files that an installed package carries."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def packaged_file(package: str, name: str) -> Path | None:
    """A file anywhere in a package, by its name, without importing anything; None if it isn't there."""
    found = find_spec(package)
    if found is None or found.origin is None:
        return None
    return next(iter(sorted(Path(found.origin).parent.rglob(name))), None)
