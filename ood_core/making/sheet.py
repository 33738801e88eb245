"""One picture of all directions, to see what they do."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from PIL import Image
from torch import Tensor

from ..bundle import Bundle
from ..editing import layers_of
from ..errors import AttributeNameError
from ..files.sheets import labelled_grid
from .sampling import sample_latents

_SHARES = (-1.0, -0.5, 0.0, 0.5, 1.0)  # of the useful range, left to right
_USUAL = 0.7  # how far the person shown lies from the average one


@torch.no_grad()
def directions_sheet(
    bundle: Bundle,
    names: Sequence[str] = (),
    latents: Tensor | None = None,
    seed: int = 0,
    height: int = 128,
) -> Image.Image:
    """A labelled contact sheet: rows are directions, columns strengths across the useful range.

    Args:
        bundle: its generator draws the pictures.
        names: which attributes; all if empty.
        latents: what is edited, [1, L, D]; None for a random sample.
        seed: of that sample.
        height: of every picture, in pixels.

    Raises:
        AttributeNameError: if there is none, or the bundle lacks one.
    """
    if not bundle.attributes:
        raise AttributeNameError("The bundle has no directions yet; find some with: ood directions find")
    shown = list(names) or list(bundle.attributes)
    start = _sample(bundle, seed) if latents is None else latents
    numbers = {name: number for number, name in enumerate(bundle.attributes, 1)}
    rows = []
    for name in shown:
        if name not in numbers:
            raise AttributeNameError(f"The bundle has no direction '{name}'. Known: {', '.join(numbers)}.")
        direction, (low, high) = bundle.attribute_directions[name], bundle.ranges[name]
        pictures = {}
        for share in _SHARES:
            strength = share * (high if share > 0 else -low)
            moved = start + strength * bundle.default_strengths[name] * direction.to(start)
            pictures[f"{strength:+.2g}" if share else "0"] = (
                bundle.generator.synthesis(moved).clamp(-1, 1).cpu()
            )
        styles = layers_of(direction.cpu())
        rows.append((f"{numbers[name]}  {name}   styles {styles.start}-{styles.stop - 1}", pictures))
    return labelled_grid(rows, height)


def _sample(bundle: Bundle, seed: int) -> Tensor:
    average = bundle.generator.mapping.w_avg
    one = torch.lerp(average, sample_latents(bundle, 1, seed)[0], _USUAL)
    return one.expand(1, bundle.generator.num_styles, -1)
