"""Find Directions and Learn Direction make directions that Latent Edit takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor


@pytest.fixture(autouse=True)
def inference_mode() -> Iterator[None]:
    """ComfyUI's executor runs whole graphs in it."""
    with torch.inference_mode():
        yield


def noise(count: int, shift: float) -> Tensor:
    return torch.rand(count, 32, 32, 3, generator=torch.Generator().manual_seed(count)) * 0.4 + shift


def test_a_found_direction_edits(nodes: dict[str, Any], bundle: Any) -> None:
    direction, sheet = nodes["FindDirections"].execute(bundle, "sefa", "0-3", 3, 2).result
    assert direction.name == "found-2" and sheet.ndim == 4 and 0 <= float(sheet.min())
    latents, _ = nodes["Invert"].execute(bundle, noise(1, 0.3)).result
    _, edited = nodes["LatentEdit"].execute(latents, "Smiling", 1.0, direction).result
    assert edited.shape == (1, 32, 32, 3)
    with pytest.raises(Exception, match="directions 1 to 3, not 4"):
        nodes["FindDirections"].execute(bundle, "pca", "all", 3, 4)


def test_a_direction_is_learned_from_two_batches(nodes: dict[str, Any], bundle: Any) -> None:
    batches = {"present": noise(6, 0.5), "absent": noise(5, 0.0)}
    direction, sheet = nodes["LearnDirection"].execute(bundle, **batches, name="Bright", align="never").result
    assert direction.name == "Bright" and len(sheet) == 1
    with pytest.raises(Exception, match="at least 5 pictures"):
        nodes["LearnDirection"].execute(bundle, noise(2, 0.5), noise(5, 0.0), align="never")
