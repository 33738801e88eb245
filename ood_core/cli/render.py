"""`ood render`: portraits of the embedded domain, with their true edits and true masks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import AttributeNameError, StrengthError
from .console import named_numbers, progress_bar

if TYPE_CHECKING:
    import torch
    from torch import Tensor

Count = Annotated[int, typer.Option(min=1, help="How many portraits.")]
Seed = Annotated[int, typer.Option(min=0, max=2**31, help="The same seed gives the same people.")]
Attributes = Annotated[
    list[str] | None,
    typer.Option("--attribute", metavar="NAME=V", help="What the edit sets, to 0..1; else one at random."),
]
Output = Annotated[Path, typer.Option("--output", "-o", help="Folder for the pictures.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite pictures that are there already.")]


def render(
    output: Output, count: Count = 8, seed: Seed = 0, attribute: Attributes = None, force: Force = False
) -> None:
    """Draw portraits, their true edits and their true masks.

    Writes portrait_0000.png, portrait_0000_<attribute>.png, portrait_0000_mask.png and so on. With
    --attribute the portrait shows the opposite (present where V is below one half, else absent), and the edit
    sets it to V.
    """
    from ..files.pictures import save_image, save_mask

    values = _checked(named_numbers(attribute or [], "--attribute"))
    with progress_bar() as bar:
        for index in bar.track(range(count), description="drawing"):
            portrait, target, mask, names = draw(_random(seed, index), values)
            stem = output / f"portrait_{index:04d}"
            save_image(f"{stem}.png", portrait, overwrite=force)
            save_image(f"{stem}_{'+'.join(names)}.png", target, overwrite=force)
            save_mask(f"{stem}_mask.png", mask, overwrite=force)
    typer.echo(output)


def draw(
    random: torch.Generator, values: Mapping[str, float]
) -> tuple[Tensor, Tensor, Tensor, tuple[str, ...]]:
    """One person among out-of-domain things, before and after an edit.

    Args:
        random: source of everything that is not given.
        values: attribute → its value after the edit in [0,1]; if empty, one attribute appears or vanishes.

    Returns:
        Portrait and edit [1,3,R,R] in [-1,1], equal to the bit outside the mask of what changed [1,1,R,R] in
        [0,1]; the attributes' names.
    """
    from ..domains import portraits

    if not values:
        sample = portraits.sample_edit(1, random)
        name = portraits.ATTRIBUTES[int(sample.attributes[0])]
        return sample.source, sample.target, sample.change_mask, (name,)
    before = after = portraits.sample_factors(1, random)
    for name, value in values.items():
        before = portraits.set_attribute(before, name, 0.0 if value >= 0.5 else 1.0)
        after = portraits.set_attribute(after, name, value)
    source, target, change, _ = portraits.draw_pair(before, after, portraits.sample_things(1, random))
    return source, target, change, tuple(values)


def _checked(values: dict[str, float]) -> dict[str, float]:
    from ..domains.portraits import ATTRIBUTES

    for name, value in values.items():
        if name not in ATTRIBUTES:
            raise AttributeNameError(f"portraits have no attribute '{name}'; known: {', '.join(ATTRIBUTES)}")
        if not 0 <= value <= 1:
            raise StrengthError(f"--attribute {name}={value:g}: must lie between 0 (absent) and 1 (present)")
    return values


def _random(seed: int, index: int) -> torch.Generator:
    """Randomness of one portrait: the first portraits of a seed are the same however many are drawn."""
    import torch

    return torch.Generator().manual_seed(seed * 1_000_003 + index)
