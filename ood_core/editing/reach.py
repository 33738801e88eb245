"""How far a direction may be followed before latents leave what the generator was trained on."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from ..errors import ShapeError

_TAIL = 0.005  # of random latents lie beyond either end
_BEYOND = 1.5  # times the way from the middle to an end: there pictures begin to be foreign to the generator


@dataclass(frozen=True)
class Reach:
    """A direction's useful lengths.

    Attributes:
        length: of the edit of strength 1, in units of the direction.
        range: strengths between which results are good, in units of that.
    """

    length: float
    range: tuple[float, float]


def reach(direction: Tensor, latents: Tensor) -> Reach:
    """Measure how widely a generator's own latents spread along a direction.

    From the middle of the spread to its end is the edit of strength 1, on average of both ways. Measured on
    portraits-128, pictures are inverted as well as random ones up to one and a half of that, along known and
    found directions alike, and ever worse beyond.

    Args:
        direction: [L, D], not zero.
        latents: w of random samples, [N, D].

    Raises:
        ShapeError: if the latents do not spread along the direction at all.
    """
    places = latents.double() @ direction.double().sum(dim=0) / direction.double().norm()
    low, middle, high = places.quantile(places.new_tensor([_TAIL, 0.5, 1 - _TAIL])).tolist()
    length = (high - low) / 2
    if not 0 < length < float("inf"):
        raise ShapeError("The generator's latents do not vary along this direction.")
    ways = (_BEYOND * (low - middle) / length, _BEYOND * (high - middle) / length)
    return Reach(length / float(direction.norm()), (round(ways[0], 2), round(ways[1], 2)))
