"""Evidence of change: differences between I and T, in units of what drift explains."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..registration.filters import dilate, gaussian, gradients, luminance, picked, quantile

_OPPONENT = ((0.299, 0.587, 0.114), (0.63, -0.42, -0.21), (-0.21, -0.42, 0.63))
"""Luma, and two differences of colours, weighted up: an edit may change colour alone."""
_FLOOR = 0.008  # of black to white; differences of two grey levels are never evidence
_COARSE = (
    (1.5, 1.4, 1.0),
    (3.0, 1.0, 0.8),
    (6.0, 1.0, 0.6),
)  # deviation, how it caps coarser ones, its floor
_BINS = 10
_SAMPLED = 20000  # pixels that tell what is usual
_FINELY = 1024  # steps of the table from textures to what is usual there
_TYPICAL = 0.75  # the quantile of trusted differences that counts as drift
_BLURS = (0.0, 0.45, 0.6, 0.8, 1.0, 1.3, 1.7)  # an autoencoder's softness, in pixels
_CLIPPED = 0.12  # at white or black, T's true value may lie this much further out


@dataclass(frozen=True, eq=False)
class Evidence:
    """How much more two pictures differ than drift explains; 1 is what drift does itself.

    Attributes:
        levels: fine structure, then differences that are 1.5, 3 and 6 pixels wide, [1,4,h,w].
        softness: standard deviation of the blur that makes I as soft as T, in pixels.
    """

    levels: Tensor
    softness: float


def change_evidence(
    original: Tensor, matched: Tensor, seen: Tensor, trust: Tensor, covered: Tensor
) -> Evidence:
    """Compare I with T, place and light matched.

    Each difference is divided by what is usual where the texture is alike and nothing changed, so that
    autoencoders, noise and softness cancel.

    Args:
        original: I, [1,3,h,w] in [0,1].
        matched: T in I's place and light; seen: the same in its own light, where clipping shows.
        trust: how far each pixel is thought unchanged, [1,1,h,w].
        covered: where T reaches; there is no evidence elsewhere.
    """
    softness = blur_between(original, matched, trust)
    softened = gaussian(original, softness)
    first, second = _opponent(softened), _opponent(_unclipped(matched.clamp(0, 1), seen, softened))
    slopes = [torch.hypot(*gradients(each[:, :1])) for each in (first, second)]
    texture = torch.maximum(*slopes)
    error = first - second
    fine = _beyond_neighbours(first, second) + 0.15 * gaussian(error.abs().sum(1, keepdim=True), 0.7)
    levels = [_normalised(fine, gaussian(texture, 1.5), trust, _FLOOR)]
    cap = None
    for sigma, looseness, floor in _COARSE:
        coarse = gaussian(error, sigma).square().sum(1, keepdim=True).sqrt()
        cap = coarse * looseness if cap is None else cap
        levels.append(
            _normalised(torch.minimum(coarse, cap), gaussian(texture, sigma * 1.5), trust, _FLOOR * floor)
        )
    return Evidence(torch.cat(levels, 1) * covered, softness)


def blur_between(original: Tensor, matched: Tensor, trust: Tensor) -> float:
    """Standard deviation of the blur of I that comes nearest to T where nothing changed, in pixels."""
    grey, other = luminance(original), luminance(matched)
    best, least = 0.0, float("inf")
    for sigma in _BLURS:
        rest = float(((gaussian(grey, sigma) - other).abs() * trust).sum() / (trust.sum() + 1e-6))
        if rest < least * 0.985:
            best, least = sigma, rest
    return best


def _opponent(picture: Tensor) -> Tensor:
    return F.conv2d(picture, picture.new_tensor(_OPPONENT)[:, :, None, None])


def _beyond_neighbours(first: Tensor, second: Tensor) -> Tensor:
    """How far each pixel lies outside the values around the other picture's: a small displacement is none."""
    a, b = gaussian(first, 0.7), gaussian(second, 0.7)
    outside = torch.maximum(b - dilate(a, 1), dilate(a, -1) - b)
    other = torch.maximum(a - dilate(b, 1), dilate(b, -1) - a)
    return torch.maximum(outside, other).clamp_min(0).square().sum(1, keepdim=True).sqrt()


def _unclipped(matched: Tensor, seen: Tensor, original: Tensor) -> Tensor:
    """T with clipped values moved towards I: black and white say only 'at most' and 'at least'."""
    white, black = dilate((seen > 0.99).float(), 1) > 0, dilate((seen < 0.008).float(), 1) > 0
    higher, lower = (original - matched).clamp(0, _CLIPPED), (matched - original).clamp(0, _CLIPPED)
    return matched + torch.where(white, higher, 0.0) - torch.where(black, lower, 0.0)


def _normalised(difference: Tensor, texture: Tensor, trust: Tensor, floor: float) -> Tensor:
    """Differences over the usual difference at that texture, interpolated between bins of textures."""
    trusted = trust > 0.5
    values, textures = (picked(each, trusted, _SAMPLED) for each in (difference, texture))
    if len(values) < 100:
        values, textures = difference[trusted], texture[trusted]
    if len(values) < 400:
        return difference / (floor * 2)
    textures, order = textures.sort()
    values = values[order]
    at = torch.stack([part.mean() for part in textures.tensor_split(_BINS)])
    usual = [max(floor, quantile(part, _TYPICAL)) for part in values.tensor_split(_BINS)]
    for i in range(1, _BINS):
        usual[i] = max(usual[i], usual[i - 1] * 0.95)
    return difference / _interpolated(texture, at, difference.new_tensor(usual))


def _interpolated(x: Tensor, at: Tensor, values: Tensor) -> Tensor:
    """Piecewise linear through (at, values), running on a little beyond the last."""
    first, last = at[0], at[-1] + 0.6 * (at[-1] - at[-2])
    step = (last - first) / _FINELY + 1e-9
    table_at = first + step * torch.arange(_FINELY + 1, device=x.device)
    right = torch.bucketize(table_at, at).clamp(1, len(at) - 1)
    share = ((table_at - at[right - 1]) / (at[right] - at[right - 1] + 1e-6)).clamp(0, 1.6)
    table = values[right - 1] + (values[right] - values[right - 1]) * share
    return table.take(((x - first) / step + 0.5).clamp(0, _FINELY).long())
