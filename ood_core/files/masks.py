"""What somebody marked: by brightness, by painting on a transparent layer, or by erasing."""

from __future__ import annotations

import numpy as np

from ..errors import ImageError

_OPAQUE = 250 / 255  # opacity that counts as full: some programs write 254
_PAINTED = 0.5  # part of the largest opacity from which a pixel shows its colour
_ONE_COLOUR = 8 / 255  # how far one paint's colours lie apart, after a program's rounding
_BLACK, _WHITE, _EXTREME = 0.1, 0.9, 0.9  # a mask in black and white has this part of it in the two


def mask_of(colours: np.ndarray, opacity: np.ndarray | None, path: object) -> np.ndarray:
    """How much of the edit every pixel takes.

    1. A picture without transparency: its brightness.
    2. Paint of one colour, whatever it is, on a transparent layer: its opacity.
    3. Black and white on a transparent layer: brightness times opacity.
    4. Any other picture with transparency: what was erased takes the edit, one minus the opacity.

    Args:
        colours: [H,W,3] in [0,1].
        opacity: [H,W] in [0,1], or None.
        path: for messages.

    Returns:
        [H,W] in [0,1], 1 takes the edit.

    Raises:
        ImageError: if everything is transparent, or black covers most of the layer, which could mean either.
    """
    brightness = colours.mean(axis=2, dtype=np.float32)
    if opacity is None or opacity.min() >= _OPAQUE:
        return brightness.clip(0, 1)
    shown = opacity >= _PAINTED * opacity.max()
    if opacity.max() == 0:
        raise ImageError(f"{path}: is transparent everywhere and marks nothing; paint the part to edit")
    paint = colours[shown]
    if (paint.max(axis=0) - paint.min(axis=0)).max() <= _ONE_COLOUR:
        if paint.max() <= _BLACK and shown.mean() > 0.5:
            raise ImageError(f"{path}: is black with a hole; paint the part to edit white, the rest black")
        return opacity
    grey = paint.max(axis=1) - paint.min(axis=1) <= _ONE_COLOUR
    extreme = (brightness[shown] <= _BLACK) | (brightness[shown] >= _WHITE)
    if grey.all() and extreme.mean() >= _EXTREME:
        return (brightness * opacity).clip(0, 1)
    return 1 - opacity
