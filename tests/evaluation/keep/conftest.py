"""Photographs small enough for tests: skin, hair and a wall, each of its own grain."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ood_core.evaluation.keep.edits import Edited, exact
from ood_core.evaluation.keep.face_frame import face_frame, guessed_landmarks
from ood_core.evaluation.keep.photograph import Photograph
from ood_core.files.levels import from_uint8, to_uint8
from ood_core.files.pictures import save_image
from ood_core.images import resize_bicubic

SIDE = 96


def textured(seed: int, side: int = SIDE) -> torch.Tensor:
    """A picture of 8 bits with detail of several sizes, [1, 3, side, side] in [-1, 1]."""
    random = torch.Generator().manual_seed(seed)
    layers = [
        resize_bicubic(torch.rand(1, 3, n, n, generator=random) * 2 - 1, (side, side)) for n in (6, 24, 48)
    ]
    return from_uint8(to_uint8((0.7 * layers[0] + 0.4 * layers[1] + 0.2 * layers[2]).clamp(-1, 1)))


@pytest.fixture
def photo() -> Photograph:
    """A photograph whose face is where one would guess it."""
    return Photograph(textured(1), face_frame(guessed_landmarks(SIDE, SIDE), SIDE, SIDE))


@pytest.fixture
def square_edit() -> Edited:
    """A bright square put into a picture."""
    original = textured(2)
    edited = original.clone()
    edited[..., 30:54, 40:64] = torch.tensor([0.9, -0.8, 0.3]).view(1, 3, 1, 1)
    return exact(original, edited)


@pytest.fixture
def album(tmp_path: Path) -> list[Path]:
    """Four photographs as files."""
    paths = [tmp_path / "album" / f"{name}.png" for name in ("a", "b", "c", "d")]
    for seed, path in enumerate(paths):
        save_image(path, textured(seed))
    return paths
