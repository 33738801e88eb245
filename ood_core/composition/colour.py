"""The edit made to fit the photograph, its colour, light and detail, before anything is blended."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .blend import check_mask, check_pair, composite
from .structure import kept_structure

_GRID = 64  # the field is smooth: it is estimated on at most this many cells a side
_FEATURES = 128  # pixels a side at which structures are compared: a window is then about an iris wide
_REACHES = (0.5, 0.25, 0.125, 0.0625)  # standard deviations of the averages, in image sides, coarsest first
_INLIER = 0.3  # a difference this large (range 2) weighs 1/e; a hat's or a hand's weighs next to nothing
_INLIER_REFINED = 0.15  # the same, about the field found first
_PRIOR = 0.02  # confidence given to the coarser estimate, and to "no difference" behind the coarsest


def match_colour(edited: Tensor, reconstruction: Tensor, original: Tensor, mask: Tensor) -> Tensor:
    """Shift colour and light of the edit T to the photograph's, smoothly over the image.

    I' and T come from one generator, so what separates I from I' in colour and light separates it from T too.
    That difference is averaged where nothing is edited and carried inward. Pixels that differ strongly are
    out of domain (a hat, a hand, a background), not badly lit, and hardly count.

    Args:
        edited: T, [B, 3, H, W] in [-1, 1].
        reconstruction: I', same shape.
        original: the photograph I, same shape.
        mask: M in [0, 1], [B, 1, H, W]; only what lies outside it is compared.

    Returns:
        T plus the field, [B, 3, H, W], not clamped. With nothing outside the mask to compare it is T.

    Raises:
        ShapeError: if the sizes differ.
    """
    check_pair(original, reconstruction)
    check_pair(original, edited)
    check_mask(original, mask)
    difference = original - reconstruction
    outside = (1 - mask).square()
    field = torch.zeros_like(original)
    for inlier in (_INLIER, _INLIER_REFINED):
        distance = (difference - field).square().mean(dim=1, keepdim=True)
        field = smooth_field(difference, outside * torch.exp(-distance / inlier**2))
    return edited + field


def composite_matched(original: Tensor, reconstruction: Tensor, edited: Tensor, mask: Tensor) -> Tensor:
    """The coarse reconstruction of an edit made to fit the photograph.

    What the inversion missed, I − I', comes back where the edit kept the structure that it belongs to: there
    the photograph takes the *change* T − I' alone, hair keeps its strands and a leak adds next to nothing.
    Where the edit replaced the structure, only the photograph's colour and light come back (`match_colour`).

    Args:
        original: I, [B, 3, H, W] in [-1, 1].
        reconstruction: I', same shape.
        edited: T, same shape.
        mask: M in [0, 1], [B, 1, H, W].

    Returns:
        [B, 3, H, W] in [-1, 1]; the original's bits where the mask is 0.

    Raises:
        ShapeError: if the sizes differ.
    """
    check_pair(original, reconstruction)
    check_pair(original, edited)
    check_mask(original, mask)
    kept = _kept(reconstruction, edited)
    lit = match_colour(edited, reconstruction, original, mask * (1 - kept))
    matched = torch.lerp(lit, edited + (original - reconstruction), kept)
    return composite(original, matched.clamp(-1, 1), mask)


def _kept(before: Tensor, after: Tensor) -> Tensor:
    """`kept_structure` at the scale of a face's features, whatever the pictures' size: [B, 1, H, W]."""
    height, width = before.shape[-2:]
    grid = (min(height, _FEATURES), min(width, _FEATURES))
    kept = kept_structure(*(F.interpolate(x, size=grid, mode="area") for x in (before, after)))
    return F.interpolate(kept, size=(height, width), mode="bilinear", align_corners=False)


def smooth_field(values: Tensor, weight: Tensor) -> Tensor:
    """Weighted local average of scattered values, filled in where there are none.

    Normalised convolution (Knutsson & Westin 1993) from wide to narrow Gaussians: each scale is trusted as
    far as it found weight, and falls back on the wider one; the widest falls back on zero.

    Args:
        values: [B, C, H, W].
        weight: confidence in each value, [B, 1, H, W] in [0, 1].

    Returns:
        The smooth field, [B, C, H, W].
    """
    height, width = values.shape[-2:]
    grid = (min(height, _GRID), min(width, _GRID))
    found = F.interpolate(torch.cat([weight * values, weight], dim=1), size=grid, mode="area")
    field = torch.zeros_like(found[:, :-1])
    for reach in _REACHES:
        average = _gaussian(found, reach)
        field = (average[:, :-1] + _PRIOR * field) / (average[:, -1:] + _PRIOR)
    return F.interpolate(field, size=(height, width), mode="bilinear", align_corners=False)


def _gaussian(x: Tensor, reach: float) -> Tensor:
    """Gaussian average with a standard deviation of ``reach`` image sides, renormalised at the borders."""
    return _averaging(x.shape[-2], reach, x) @ x @ _averaging(x.shape[-1], reach, x).T


def _averaging(size: int, reach: float, like: Tensor) -> Tensor:
    """[size, size] matrix whose rows average with a Gaussian about each position."""
    position = (torch.arange(size, dtype=like.dtype, device=like.device) + 0.5) / size
    return torch.softmax(-(position[:, None] - position).square() / (2 * reach**2), dim=1)
