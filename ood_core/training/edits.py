"""Pairs for the two networks that judge edits: reconstruction and edited reconstruction of drawn people."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..inversion import inverter_of
from .data import Pictures
from .stages import finished_directions, finished_network


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
        self.generator: Any = finished_network(run, "generator").to(device)
        self.encoder: Any = finished_network(run, "encoder").to(device)
        self.names = pictures.domain.ATTRIBUTES
        directions, strengths = finished_directions(run)
        self.steps = torch.stack([directions[name] * strengths[name] for name in self.names]).to(device)

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
        latents = inverter_of(self.encoder)(image, self.generator)
        moved = latents + strength.to(self.device)[:, None, None] * self.steps[attribute]
        both = self.generator.synthesis(torch.cat([latents, moved]))
        reconstruction, edited = both.chunk(2)
        return Edits(image, reconstruction, edited, attribute)
