"""Pairs for the two networks that judge edits: reconstruction and edited reconstruction of drawn people."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import load_file
from torch import Tensor

from ..errors import RecipeError
from ..inversion import invert
from .data import Pictures
from .stages import stage_network


@dataclass(frozen=True)
class EditsRecipe:
    """Which edits are shown: strengths of both signs, uniform between ``weakest`` and ``strongest``."""

    weakest: float
    strongest: float


class Edits(NamedTuple):
    """A batch of edits.

    ``image`` I, ``reconstruction`` I' and ``edited`` T, each [B, 3, R, R]; ``attribute``, the index of what
    was edited, [B].
    """

    image: Tensor
    reconstruction: Tensor
    edited: Tensor
    attribute: Tensor


class EditSource:
    """Draws edits through the encoder and generator of a run, as they will be at inference."""

    def __init__(self, recipe: EditsRecipe, pictures: Pictures, run: Path, device: torch.device) -> None:
        self.recipe = recipe
        self.pictures = pictures
        self.device = device
        self.generator: Any = stage_network(run, "generator").to(device)
        self.encoder: Any = stage_network(run, "encoder").to(device)
        self.names = pictures.domain.ATTRIBUTES
        self.steps = _default_steps(run / "directions", self.names).to(device)

    @torch.no_grad()
    def sample(self, count: int, random: torch.Generator) -> Edits:
        """Draw edits of ``count`` random pictures, an attribute each."""
        attribute = torch.randint(len(self.names), (count,), generator=random)
        span = self.recipe.strongest - self.recipe.weakest
        strength = self.recipe.weakest + span * torch.rand(count, generator=random)
        sign = torch.randint(2, (count,), generator=random) * 2 - 1
        return self.edit(self.pictures.sample(count, random).image, attribute, strength * sign)

    @torch.no_grad()
    def edit(self, image: Tensor, attribute: Tensor, strength: Tensor) -> Edits:
        """Edit the given pictures [B, 3, R, R]: one attribute index and one strength each."""
        image = image.to(self.device)
        attribute = attribute.to(self.device)
        latents = invert(image, self.encoder, self.generator.mapping.w_avg, self.generator.synthesis)
        moved = latents + strength.to(self.device)[:, None, None] * self.steps[attribute]
        both = self.generator.synthesis(torch.cat([latents, moved]))
        reconstruction, edited = both.chunk(2)
        return Edits(image, reconstruction, edited, attribute)


def _default_steps(folder: Path, names: tuple[str, ...]) -> Tensor:
    """The edit of strength 1.0 for each attribute, [A, L, D]."""
    path = folder / "directions.safetensors"
    if not path.exists():
        raise RecipeError(f"{path} is missing: train the directions first, with the same -o.")
    directions = load_file(path)
    strengths = json.loads((folder / "strengths.json").read_text(encoding="utf-8"))
    return torch.stack([directions[name] * strengths[name] for name in names])
