"""Finding the directions: a linear boundary an attribute over labelled latents, and the length of an edit.

The latents are those of drawn people, and each person appears with and without the attribute, so that the
labels carry nothing but the attribute itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..domains import Domain, load_domain, to_z
from ..editing import means_boundary
from ..progress import Progress
from .stages import save_directions, stage_network


@dataclass(frozen=True)
class DirectionsRecipe:
    """Everything the directions depend on.

    ``pairs``: people an attribute. ``absent``, ``present``: the factor's values in a pair.
    """

    domain: str
    pairs: int
    seed: int
    absent: float
    present: float


@torch.no_grad()
def find_directions(recipe: DirectionsRecipe, folder: Path, progress: Progress | None = None) -> None:
    """Write directions.safetensors and strengths.json (the length of each attribute's default edit).

    Args:
        recipe: numbers.
        folder: this stage's folder; the generator's lies beside it.
        progress: told after each attribute.
    """
    domain = load_domain(recipe.domain)
    generator = stage_network(folder.parent, "generator")
    folder.mkdir(parents=True, exist_ok=True)
    directions, strengths = {}, {}
    for index, name in enumerate(domain.ATTRIBUTES):
        absent, present = labelled_latents(domain, generator, name, recipe)
        labels = torch.cat([torch.zeros(len(absent)), torch.ones(len(present))])
        direction = means_boundary(torch.cat([absent, present]), labels)
        directions[name] = direction.contiguous()
        strengths[name] = edit_length(absent, present, direction)
        if progress is not None:
            progress(index + 1, len(domain.ATTRIBUTES), folder.name)
    save_directions(folder, directions, strengths)


def labelled_latents(
    domain: Domain, generator: Any, attribute: str, recipe: DirectionsRecipe
) -> tuple[Tensor, Tensor]:
    """Latents of the same people without and with an attribute, each [N, L, D]."""
    random = torch.Generator().manual_seed(recipe.seed)
    factors = domain.sample_factors(recipe.pairs, random)
    values = (recipe.absent, recipe.present)
    without, with_it = (
        generator.mapping(to_z(domain, domain.set_attribute(factors, attribute, value))) for value in values
    )
    return without, with_it


def edit_length(absent: Tensor, present: Tensor, direction: Tensor) -> float:
    """How far the attribute moves latents along its direction, on average.

    Args:
        absent: latents without the attribute, [N, L, D].
        present: latents of the same people with it, [N, L, D].
        direction: of norm 1, [L, D].

    Returns:
        Length of the edit of strength 1.0.
    """
    return float(((present - absent) * direction).sum(dim=(1, 2)).mean())
