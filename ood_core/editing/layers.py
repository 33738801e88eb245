"""Which styles a direction moves: by name or by number."""

from __future__ import annotations

import re

import torch
from torch import Tensor

from ..errors import ShapeError

_BORDERS = {"coarse": (0, 4), "middle": (4, 8), "fine": (8, None)}


def layer_range(text: str, styles: int) -> range:
    """Styles by name or number.

    Args:
        text: "all"; "coarse" (4 and 8 px), "middle" (16 and 32 px) or "fine" (the rest), as Karras et al.
            2019, §3.1, divide them; "2-7", both included; or one number.
        styles: L, how many the generator has.

    Raises:
        ShapeError: if the text is something else, or the generator has no such styles.
    """
    if text == "all":
        return range(styles)
    if text in _BORDERS:
        start, stop = _BORDERS[text]
        found = range(start, min(stop or styles, styles))
    elif numbers := re.fullmatch(r"(\d+)(?:-(\d+))?", text):
        found = range(int(numbers[1]), int(numbers[2] or numbers[1]) + 1)
    else:
        raise ShapeError(f"Layers are all, coarse, middle, fine, or numbers such as 2-7, not '{text}'.")
    if not found or found.stop > styles:
        raise ShapeError(f"This generator has the styles 0 to {styles - 1}; there are no layers '{text}'.")
    return found


def within(direction: Tensor, layers: range, styles: int) -> Tensor:
    """A direction of some styles only, with norm 1.

    Args:
        direction: [D], the same for each style, or [L, D].
        layers: which styles it moves.
        styles: L.

    Returns:
        [L, D] of Frobenius norm 1; zero outside of the layers.

    Raises:
        ShapeError: if nothing of the direction lies in these layers.
    """
    full = direction.double().expand(styles, direction.shape[-1])
    kept = torch.zeros_like(full)
    kept[layers.start : layers.stop] = full[layers.start : layers.stop]
    length = kept.norm()
    if not 0 < float(length) < float("inf"):
        raise ShapeError(f"The direction has nothing in the styles {layers.start} to {layers.stop - 1}.")
    return (kept / length).float()


def layers_of(direction: Tensor) -> range:
    """From the first to the last style that a direction [L, D] moves."""
    moved = direction.abs().amax(dim=1).nonzero().flatten().tolist()
    return range(moved[0], moved[-1] + 1) if moved else range(0)
