"""Training pictures: drawn once, kept in one memory-mapped file, read at random."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..domains import load_domain
from ..errors import RecipeError
from ..files.whole import written_whole

_CHUNK = 16

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DataRecipe:
    """Which pictures a training sees: ``count`` drawn portraits of one seed."""

    domain: str
    resolution: int
    count: int
    seed: int


@dataclass(frozen=True)
class Batch:
    """Drawn pictures and the factors they were drawn from.

    ``image`` [B, 3, R, R] in [-1, 1], ``weight`` [B, 1, R, R] >= 1, ``factors`` [B, K].
    """

    image: Tensor
    weight: Tensor
    factors: Tensor


class Pictures:
    """``count`` drawn pictures in ``folder``, drawn at first use.

    Drawing costs about as much as a training step of a small network, so each picture is drawn once and used
    in several epochs, by several trainings.
    """

    def __init__(self, recipe: DataRecipe, folder: Path) -> None:
        self.domain = load_domain(recipe.domain)
        random = torch.Generator().manual_seed(recipe.seed)
        self.factors = self.domain.sample_factors(recipe.count, random)
        self.count = recipe.count
        shape = (recipe.count, 4, recipe.resolution, recipe.resolution)
        name = f"{recipe.domain}-{recipe.resolution}-{recipe.count}-{recipe.seed}"
        path = folder / f"{name}.npy"
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            self._draw(path, shape)
            path.with_suffix(".json").write_text(json.dumps(asdict(recipe)))
        self._pixels = np.load(path, mmap_mode="r")
        if self._pixels.shape != shape:
            raise RecipeError(f"{path} holds {self._pixels.shape}, expected {shape}: delete it.")

    def _draw(self, path: Path, shape: tuple[int, ...]) -> None:
        log.info("drawing %d pictures into %s", self.count, path)
        with written_whole(path) as partial:
            pixels = np.lib.format.open_memmap(partial, mode="w+", dtype=np.uint8, shape=shape)
            for start in range(0, self.count, _CHUNK):
                drawn = self.domain.render(self.factors[start : start + _CHUNK], shape[-1])
                image = ((drawn.image.clamp(-1, 1) + 1) * 127.5).round()
                weight = (drawn.weight * 16).round().clamp(0, 255)
                pixels[start : start + _CHUNK] = torch.cat([image, weight], dim=1).to(torch.uint8).numpy()
            pixels.flush()

    def at(self, indices: Tensor) -> Batch:
        """The pictures of these indices [B]."""
        pixels = torch.from_numpy(np.asarray(self._pixels[indices.numpy()])).float()
        return Batch(pixels[:, :3] / 127.5 - 1, (pixels[:, 3:] / 16).clamp_min(1), self.factors[indices])

    def sample(self, count: int, random: torch.Generator) -> Batch:
        """``count`` pictures drawn with replacement."""
        return self.at(torch.randint(self.count, (count,), generator=random))
