"""Colour and light of T matched to I's: the simplest model that explains the unchanged pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import torch
import torch.nn.functional as F
from torch import Tensor

from .filters import gaussian, quantile
from .smooth_fields import cells_of, solve_field, spread_field

_SIDE = 128  # light is compared on pictures of this size
_CELLS = 10  # of the fields, along the longer side
_CLIPPED = (0.012, 0.988)  # beyond these a value may have been anything
_ROUNDS = 8
_COLOURS = 4000  # pixels that settle a map of colours
_LOOSEST, _TIGHTEST = 0.12, 0.008  # spread of differences that count as light, first and last
_INVISIBLE = 1.2 / 255  # a remaining difference below this needs no model
_SETTLED = 0.4 / 255  # and below this no richer one is tried
_BETTER = 1.12  # by which a richer model must lower what remains,
_BETTER_LEVELS = 0.2 / 255  # and by how much on top
_STIFFEST = ((10.0, 0.1), (4.0, 0.05), (4.0, 0.03))
_STIFF = (
    (3.0, 0.1),
    (1.0, 0.05),
    (0.3, 0.03),
    (0.1, 0.02),
)  # stiffness, and what counts as an outlier, in turn
_SOFT = ((1.0, 0.1), (0.1, 0.05), (0.03, 0.03), (0.02, 0.02))
_TINTED, _MOVED = 0.08, 0.22  # changes of chroma and of light that are no drift any more
_PULL = (1e-3, 5e-3)  # of gain and offset to none; more would draw them there behind a large edit
_GAIN, _OFFSET = (0.6, 1.6), 0.15  # limits of the fields


@dataclass(frozen=True, eq=False)
class Light:
    """A map from T's colours to I's.

    Attributes:
        colour: [10, 3], the weights of r, g, b, r², g², b², rg, gb, br and 1; None leaves colours alone.
        fields: gain − 1 and offset of each channel in place, three fields of `smooth_fields`, [3, 2, n, m];
            None for the same everywhere.
    """

    colour: Tensor | None = None
    fields: Tensor | None = None

    @property
    def plain(self) -> bool:
        """Whether nothing is changed."""
        return self.colour is None

    def apply(self, picture: Tensor, size: tuple[int, int], rows: slice = slice(None)) -> Tensor:
        """Colours as I would have them.

        Args:
            picture: those ``rows`` of T on I's grid, [1,3,h,W] in [0,1].
            size: (height, width) of the whole picture.
        """
        if self.colour is None:
            return picture
        matched = torch.einsum("bkhw,kc->bchw", _terms(picture), self.colour.to(picture))
        if self.fields is None:
            return matched
        gain, offset = self._spread(picture, size, rows)
        return matched * gain + offset

    def _spread(self, like: Tensor, size: tuple[int, int], rows: slice) -> tuple[Tensor, Tensor]:
        assert self.fields is not None
        spread = spread_field(self.fields.flatten(0, 1)[None].to(like), size, rows)
        return (1 + spread[:, 0::2]).clamp(*_GAIN), spread[:, 1::2].clamp(-_OFFSET, _OFFSET)


def fit_light(original: Tensor, seen: Tensor, trust: Tensor, richest: int = 4) -> Light:
    """The light that separates T from I, from pixels that did not change.

    Args:
        original: I, [1,3,H,W] in [0,1].
        seen: T on I's grid, of the same shape.
        trust: how far each pixel is thought unchanged, [1,1,H,W] in [0,1].
        richest: 0 none, 1 a linear map of colours, 2 and 3 with stiff and softer fields, 4 a quadratic one.
    """
    first, second, weight = _small(original, seen, trust)
    if float(weight.sum()) < 30:
        return Light()
    models, left = [], []
    for model in islice(_models(first, second, weight), richest + 1):
        models.append(model)
        left.append(_remaining(first, model.apply(second, _size(second)), weight))
        if left[-1] < (_INVISIBLE if model.plain else _SETTLED):
            break
    best = min(left)
    enough = [rest <= best * _BETTER + _BETTER_LEVELS for rest in left]
    return models[enough.index(True)]


def _models(first: Tensor, second: Tensor, weight: Tensor) -> Iterator[Light]:
    """From the simplest to the richest, each fitted only when it is asked for."""
    yield Light()
    linear = Light(_fit_colour(first, second, weight, quadratic=False))
    yield linear
    yield _with_fields(linear, first, second, weight, _STIFFEST)
    yield _with_fields(linear, first, second, weight, _STIFF)
    quadratic = Light(_fit_colour(first, second, weight, quadratic=True))
    yield _with_fields(quadratic, first, second, weight, _SOFT)


def is_deliberate(light: Light, seen: Tensor) -> bool:
    """Whether a light changes the colours of T [1,3,h,w] more than drift does: it was relit on purpose."""
    if light.plain:
        return False
    moved = light.apply(seen, _size(seen)) - seen
    tint = moved - moved.mean(1, keepdim=True)
    return float(tint.square().mean().sqrt()) > _TINTED or float(moved.abs().mean()) > _MOVED


def _small(original: Tensor, seen: Tensor, trust: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    factor = max(1, max(original.shape[-2:]) // _SIDE)
    low, high = _CLIPPED
    open_ended = ((seen < low) | (seen > high) | (original < low) | (original > high)).any(1, keepdim=True)
    weight = F.avg_pool2d(trust * (1 - open_ended.float()), factor)
    pooled = (F.avg_pool2d(gaussian(picture, 1.0), factor) for picture in (original, seen))
    first, second = pooled
    return first, second, weight


def _fit_colour(first: Tensor, second: Tensor, weight: Tensor, quadratic: bool) -> Tensor:
    """Iteratively reweighted least squares, drawn a little to the identity."""
    step = weight.numel() // _COLOURS + 1
    terms, wanted = (each[0].flatten(1)[:, ::step].cpu().double() for each in (_terms(second), first))
    identity = torch.eye(10, 3, dtype=torch.float64)
    ridge = terms.new_full((10,), 3e-3)
    ridge[:3] = 2e-4
    ridge[3:9] = 3e-3 if quadratic else 1e6
    base, found = weight.flatten()[::step].cpu().double(), identity
    spread = _LOOSEST
    for _ in range(_ROUNDS):
        error = (found.T @ terms - wanted).abs().amax(0)
        spread = max(_TIGHTEST, min(spread, 3 * quantile(error[base > 0.4])))
        robust = base / (1 + (error / spread).square()).square()
        normal = (terms * robust) @ terms.T + torch.diag(ridge * robust.sum() + 1e-9)
        right = (terms * robust) @ wanted.T + (ridge * robust.sum())[:, None] * identity
        found = torch.linalg.solve(normal, right)
        spread *= 0.8
    return found.float()


def _with_fields(
    light: Light, first: Tensor, second: Tensor, weight: Tensor, steps: tuple[tuple[float, float], ...]
) -> Light:
    """Add gain and offset in place, channel by channel, to a light for the whole picture."""
    flat = light.apply(second, _size(second))
    side = max(_size(second))
    height, width = _size(second)
    cells = (max(2, round(_CELLS * height / side)), max(2, round(_CELLS * width / side)))
    fields = torch.zeros(3, 2, cells[0] + 2, cells[1] + 2, device=first.device)
    for stiffness, spread in steps:
        matched = Light(light.colour, fields).apply(second, _size(second))
        error = (first - matched).abs().amax(1, keepdim=True)
        robust = weight / (1 + (error / spread).square()).square()
        for channel in range(3):
            value, rest = flat[:, channel : channel + 1], (first - flat)[:, channel : channel + 1]
            normal = torch.cat([value * value, value, torch.ones_like(value)], 1) * robust
            right = torch.cat([value * rest, rest], 1) * robust
            sums = cells_of(normal, cells), cells_of(right, cells)
            fields[channel] = solve_field(*sums, stiffness, _PULL)[0]
    return Light(light.colour, fields)


def _remaining(first: Tensor, matched: Tensor, weight: Tensor) -> float:
    """What a light leaves of the difference, of pixels that it could explain."""
    error = gaussian(first - matched, 1.5).abs().amax(1)[weight[:, 0] > 0.3]
    return quantile(error, 0.6) if error.numel() > 20 else 1.0


def _terms(picture: Tensor) -> Tensor:
    turned = picture[:, [1, 2, 0]]
    return torch.cat([picture, picture * picture, picture * turned, torch.ones_like(picture[:, :1])], 1)


def _size(picture: Tensor) -> tuple[int, int]:
    return picture.shape[-2], picture.shape[-1]
