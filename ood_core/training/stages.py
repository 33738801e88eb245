"""What one stage of a run reads of another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import RecipeError
from ..weights import load_network


def stage_network(run: Path, kind: str) -> Any:
    """The network that an earlier stage of this run exported.

    Args:
        run: the run's folder.
        kind: "generator", "encoder", …

    Raises:
        RecipeError: if that stage has not been run.
    """
    path = run / kind / f"{kind}.safetensors"
    if not path.exists():
        raise RecipeError(f"{path} is missing: train the {kind} first, with the same -o.")
    return load_network(path, kind)
