"""What people use today, in our own words, with those tools' defaults; by OpenCV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...files.levels import from_uint8, to_uint8
from ..poisson import poisson_blend
from .photograph import opencv

_TRIED = 10_000  # SIFT features
_NEAREST = 0.75  # a match must be so much nearer than the second nearest
_FEWEST = 10  # matches for a homography
_CLOSE, _FEATHER = 0.005, 0.02  # shares of the diagonal
_FADE = 2.5  # feather widths over which the mask fades


@dataclass(frozen=True, eq=False)
class Pasted:
    """What a method made: [1, 3, H, W] in [-1, 1], its mask [1, 1, H, W], and its map I to T or None."""

    picture: Tensor
    mask: Tensor
    flow: Tensor | None


def lab_threshold(original: Tensor, edited: Tensor) -> Pasted:
    """A fixed threshold on the difference in Lab, grown, feathered and blended by gradients.

    As flux-kontext-diff-merge does with its defaults: 0.02 of 255 levels (or so much above the mean where
    that exceeds 0.15), areas of more than 250 pixels, grown by 8, blurred by 15 twice; no registration.

    Args:
        original: I, [1, 3, H, W] in [-1, 1].
        edited: T, of any size.
    """
    cv2 = opencv("the method lab-threshold")
    before = to_uint8(original)[0]
    after = cv2.resize(to_uint8(edited)[0], before.shape[1::-1])
    lab = [cv2.cvtColor(one, cv2.COLOR_RGB2LAB).astype(np.float32) for one in (before, after)]
    difference = np.abs(lab[0] - lab[1]) @ _floats([0.5, 0.25, 0.25])
    mean = float(difference.mean())
    found = (difference > 0.02 * 255 + (mean if mean > 0.15 * 255 else 0)).astype(np.uint8) * 255
    mask = _refined(cv2, _large_areas(cv2, found, 250))
    share = torch.from_numpy(mask.astype(np.float32) / 255)[None, None]
    return Pasted(poisson_blend(original, from_uint8(after[None]), share > 0.5), share, None)


def homography(original: Tensor, edited: Tensor) -> Pasted:
    """SIFT and a homography, twice; a robust threshold on ΔE and edges; one colour match for all.

    As comfyui-klein-edit-composite does with its defaults, but without its flow, and with exhaustive
    matching, which is slower and always gives the same. The mask is what was found before feathering. Where
    the homography fails, the picture is only resized, as there.

    Args:
        original: I, [1, 3, H, W] in [-1, 1].
        edited: T, of any size.
    """
    cv2 = opencv("the method homography")
    before = to_uint8(original)[0]
    after = cv2.resize(to_uint8(edited)[0], before.shape[1::-1], interpolation=cv2.INTER_LANCZOS4)
    first = _aligned(cv2, before, after, None)
    changed = _changed(cv2, before, *first[:2])
    still = cv2.erode((~changed).astype(np.uint8) * 255, _round(cv2, 7))
    second = _aligned(cv2, before, after, still) if (still > 0).mean() > 0.05 else first
    warped, valid, matrix = second if second[2] is not None else first
    mask = _closed(cv2, _changed(cv2, before, warped, valid), valid)
    fading = _feathered(cv2, mask)
    matched = _same_statistics(cv2, before, warped, (fading < 0.05) & valid)
    blend = before * (1 - fading[..., None]) + matched * fading[..., None]
    picture = from_uint8(np.clip(blend, 0, 255).astype(np.uint8)[None])
    flow = _flow(cv2, matrix, before.shape[:2], (edited.shape[-2], edited.shape[-1]))
    return Pasted(picture, torch.from_numpy(mask.astype(np.float32))[None, None], flow)


def _large_areas(cv2: Any, mask: np.ndarray, least: float) -> np.ndarray:
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    large = [outline for outline in outlines if cv2.contourArea(outline) > least]
    return cv2.drawContours(np.zeros_like(mask), large, -1, 255, cv2.FILLED)


def _refined(cv2: Any, mask: np.ndarray) -> np.ndarray:
    for step in (cv2.MORPH_CLOSE, cv2.MORPH_OPEN):
        mask = cv2.morphologyEx(mask, step, _round(cv2, 2))
    mask = cv2.GaussianBlur(cv2.dilate(mask, _round(cv2, 8)), (31, 31), 0)
    return cv2.GaussianBlur(mask, (31, 31), 5)


def _round(cv2: Any, radius: int) -> np.ndarray:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2)


def _aligned(
    cv2: Any, before: np.ndarray, after: np.ndarray, still: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """The edited picture on the original, where it reaches, and the matrix, or None where it fails."""
    failed = after, np.ones(before.shape[:2], bool), None
    equalise, sift = cv2.createCLAHE(2.0, (8, 8)), cv2.SIFT_create(nfeatures=_TRIED, contrastThreshold=0.03)
    grey = [equalise.apply(cv2.cvtColor(one, cv2.COLOR_RGB2GRAY)) for one in (before, after)]
    found = [sift.detectAndCompute(one, mask) for one, mask in zip(grey, (still, None), strict=True)]
    if any(words is None or len(points) < _FEWEST for points, words in found):
        return failed
    (points, words), (others, other_words) = found
    matches = cv2.BFMatcher().knnMatch(words, other_words, k=2)
    good = [both[0] for both in matches if len(both) == 2 and both[0].distance < _NEAREST * both[1].distance]
    if len(good) < _FEWEST:
        return failed
    source = _floats([others[match.trainIdx].pt for match in good])
    target = _floats([points[match.queryIdx].pt for match in good])
    matrix, _ = cv2.findHomography(source, target, cv2.USAC_MAGSAC, 4.0)
    if matrix is None or not 0.2 < np.linalg.det(matrix[:2, :2]) < 5:
        return failed
    size = before.shape[1::-1]
    warped = cv2.warpPerspective(after, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    reached = cv2.warpPerspective(np.ones_like(grey[1]), matrix, size, flags=cv2.INTER_NEAREST)
    return warped, reached > 0, matrix


def _changed(cv2: Any, before: np.ndarray, warped: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Where colours and edges differ by more than six robust deviations, here and around here."""
    soft = [cv2.GaussianBlur(one.astype(np.float32) / 255, (3, 3), 0) for one in (before, warped)]
    lab = [cv2.cvtColor(one, cv2.COLOR_RGB2LAB) for one in soft]
    colours = np.linalg.norm((lab[0] - lab[1]) * _floats([0.5, 1.2, 1.2]), axis=-1)
    steep = [_steepness(cv2, cv2.cvtColor(one, cv2.COLOR_RGB2GRAY)) for one in soft]
    apart = cv2.GaussianBlur(colours + 40 * np.abs(steep[0] - steep[1]), (5, 5), 0)
    middle = float(np.median(apart[valid]))
    overall = middle + 6 * max(float(np.median(np.abs(apart[valid] - middle))), 0.5)
    side = max(15, round(0.06 * float(np.hypot(*before.shape[:2])))) | 1
    mean = cv2.blur(apart, (side, side))
    around = mean + 6 * np.maximum(cv2.blur(np.abs(apart - mean), (side, side)), 0.5)
    return (apart > np.clip(np.minimum(overall, around), 3, 60)) & valid


def _steepness(cv2: Any, grey: np.ndarray) -> np.ndarray:
    return np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))


def _closed(cv2: Any, mask: np.ndarray, valid: np.ndarray) -> np.ndarray:
    radius = round(_CLOSE * float(np.hypot(*mask.shape)))
    return (cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, _round(cv2, radius)) > 0) & valid


def _feathered(cv2: Any, mask: np.ndarray) -> np.ndarray:
    if not mask.any():
        return mask.astype(np.float32)
    far = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    near = np.clip(1 - far / (_FADE * _FEATHER * float(np.hypot(*mask.shape))), 0, 1)
    return near * near * (3 - 2 * near)


def _same_statistics(cv2: Any, before: np.ndarray, warped: np.ndarray, still: np.ndarray) -> np.ndarray:
    """Mean and deviation in Lab as the original's background has them (Reinhard et al. 2001), in 0..255."""
    if still.sum() < 100:
        return warped.astype(np.float32)
    own, other = (cv2.cvtColor(one.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) for one in (before, warped))
    (mean, spread), (from_mean, from_spread) = (
        (one[still].mean(0), one[still].std(0) + 1e-5) for one in (own, other)
    )
    matched = (other - from_mean) / from_spread * spread + mean
    return cv2.cvtColor(matched.astype(np.float32), cv2.COLOR_LAB2RGB).clip(0, 1) * 255


def _flow(cv2: Any, matrix: np.ndarray | None, size: tuple[int, int], given: tuple[int, int]) -> Tensor:
    """Where in T each pixel of I lies, (x, y) from the top left corner, [1, 2, H, W]."""
    height, width = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    points = np.stack([x, y], axis=-1).reshape(-1, 1, 2)
    if matrix is not None:
        points = cv2.perspectiveTransform(points, np.linalg.inv(matrix))
    scale = _floats([given[1] / width, given[0] / height])
    return torch.from_numpy((points.reshape(height, width, 2) + 0.5) * scale).permute(2, 0, 1)[None].float()


def _floats(values: Sequence[Any]) -> np.ndarray:
    return np.array(values, np.float32)
