"""What one stage of a run reads of another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor

from ..bundle.kinds import network_kinds
from ..errors import RecipeError
from ..files.networks import load_network
from ..files.whole import written_whole

_TOGETHER = ("tuning", "autoencoder")  # stages that train several networks, and the directions with them


def result(run: Path, stage: str) -> Path:
    """The file that a finished stage leaves last."""
    return run / stage / f"{'directions' if stage in _TOGETHER else stage}.safetensors"


def finished_network(run: Path, kind: str) -> Any:
    """The network as a stage left it that trains several, or else as its own stage exported it.

    Raises:
        RecipeError: if its stage has not been run.
    """
    for stage in _TOGETHER:
        path = run / stage / f"{kind}.safetensors"
        if path.exists():
            return load_network(path, network_kinds()[kind])
    return stage_network(run, kind)


def finished_directions(run: Path) -> tuple[dict[str, Tensor], dict[str, float]]:
    """Attribute → direction [L, D], and attribute → length of the edit of strength 1.0, tuned if they were.

    Raises:
        RecipeError: if the directions have not been found.
    """
    done = [run / stage for stage in _TOGETHER if result(run, stage).exists()]
    folder = done[0] if done else run / "directions"
    if not (folder / "directions.safetensors").exists():
        raise RecipeError(f"{folder} is not finished: train the directions first, with the same -o.")
    strengths = json.loads((folder / "strengths.json").read_text(encoding="utf-8"))
    return load_file(folder / "directions.safetensors"), strengths


def save_directions(folder: Path, directions: dict[str, Tensor], strengths: dict[str, float]) -> None:
    """Write strengths.json, then directions.safetensors, whole or not at all."""
    (folder / "strengths.json").write_text(json.dumps(strengths, indent=2) + "\n", encoding="utf-8")
    with written_whole(folder / "directions.safetensors") as partial:
        save_file(directions, partial)


def stage_network(run: Path, kind: str) -> Any:
    """The network that its own stage of this run exported.

    Args:
        run: the run's folder.
        kind: "generator", "encoder", …

    Raises:
        RecipeError: if that stage has not been run.
    """
    path = run / kind / f"{kind}.safetensors"
    if not path.exists():
        raise RecipeError(f"{path} is missing: train the {kind} first, with the same -o.")
    return load_network(path, network_kinds()[kind])
