"""Brightness and colour differences, as videos store colours, to RGB and back, at any depth.

Written out here because a general scaler rounds 10 bits to about 8 on the way, and guesses the matrix. Colour
differences are repeated on the way to RGB and averaged on the way back: what is not edited keeps its numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

# ITU-T H.273: matrix -> parts of red and blue in the brightness
MATRICES = {1: (0.2126, 0.0722), 4: (0.30, 0.11), 5: (0.299, 0.114), 6: (0.299, 0.114), 7: (0.212, 0.087)}
MATRICES |= {9: (0.2627, 0.0593), 10: (0.2627, 0.0593)}
RGB_ITSELF, UNKNOWN = 0, 2


@dataclass(frozen=True)
class Numbers:
    """What a video's numbers mean.

    Attributes:
        matrix: by H.273; one of `MATRICES`.
        full: black and white are the first and the last number, instead of 16 and 235 of 255.
        depth: bits a number.
        across, down: pixels that share one colour difference.
    """

    matrix: int
    full: bool
    depth: int
    across: int
    down: int

    @property
    def black_and_span(self) -> tuple[float, float, float]:
        """Black's number, how far white is from it, and how far the colour differences reach."""
        if self.full:
            return 0.0, 2.0**self.depth - 1, 2.0**self.depth - 1
        unit = 2.0 ** (self.depth - 8)
        return 16 * unit, 219 * unit, 224 * unit

    @property
    def middle(self) -> float:
        """The number of no colour difference."""
        return 2.0 ** (self.depth - 1)


def to_rgb(planes: Sequence[np.ndarray], numbers: Numbers) -> Tensor:
    """Planes [H, W] of brightness, blue and red difference to [1, 3, H, W] in [-1, 1]; one plane is grey."""
    black, span, reach = numbers.black_and_span
    y, *differences = (torch.from_numpy(plane.astype(np.float32))[None, None] for plane in planes)
    y = (y - black) / span
    if not differences:
        return (y.repeat(1, 3, 1, 1) * 2 - 1).clamp(-1, 1)
    height, width = y.shape[-2:]
    u, v = (
        each.repeat_interleave(numbers.down, 2).repeat_interleave(numbers.across, 3)[..., :height, :width]
        for each in ((part - numbers.middle) / reach for part in differences)
    )
    red, blue = MATRICES[numbers.matrix]
    r, b = y + 2 * (1 - red) * v, y + 2 * (1 - blue) * u
    g = (y - red * r - blue * b) / (1 - red - blue)
    return (torch.cat([r, g, b], dim=1) * 2 - 1).clamp(-1, 1)


def to_planes(picture: Tensor, numbers: Numbers) -> list[np.ndarray]:
    """[1, 3, H, W] in [-1, 1] to planes of brightness, blue and red difference, uint8 or uint16."""
    r, g, b = ((picture.detach().float().cpu() + 1) / 2).split(1, dim=1)
    red, blue = MATRICES[numbers.matrix]
    y = red * r + (1 - red - blue) * g + blue * b
    black, span, reach = numbers.black_and_span
    step = (numbers.down, numbers.across)
    u, v = (
        F.avg_pool2d(each, step, ceil_mode=True) * reach + numbers.middle
        for each in ((b - y) / (2 * (1 - blue)), (r - y) / (2 * (1 - red)))
    )
    kind = np.uint8 if numbers.depth <= 8 else np.uint16
    white = 2**numbers.depth - 1
    return [part[0, 0].round().clamp(0, white).numpy().astype(kind) for part in (y * span + black, u, v)]
