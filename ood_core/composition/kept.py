"""The edit put into the original: no seam, the original's own grain, not a bit changed elsewhere."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..images import Box, strips_of
from ..registration import Registration
from ..registration.filters import dilate, gaussian, luminance, resize

_CONTINUED = 0.02  # share of the longer side by which an edit is continued where T does not reach
_GROW = 1  # pixels, at the size of estimation, that the edit reaches beyond what was seen of it
_RIM = 1.0  # softness of the rim there, a standard deviation
_NOTHING = 0.02  # values of the mask up to this become exactly 0
_SEAMS = ((0.02, 0.08), (0.006, 0.15))  # reach inward as a share of the longer side, and what keeps it down
_BANDS = (0.45, 0.9, 1.8)  # standard deviations between which detail is weighed
_SHARPENED = (-0.5, 2.5)
_SAMPLED = 384  # pixels a side on which sharpness is compared,
_PIXELS = 100_000  # and as many of their values that settle three numbers
_WINDOW = 2.5  # standard deviation of the neighbourhood in which detail is compared


@dataclass(frozen=True, eq=False)
class Finish:
    """What makes T fit into I, at the size of estimation.

    Attributes:
        seam: colours added to T so that it meets I at the rim, [1,3,h,w], black to white being 1.
        detail: share of I's fine detail that T lost although it shows the same structure, [1,1,h,w].
        softness: standard deviation of the blur that took it, in I's pixels.
        sharpening: how much of each band of T's detail is added to it; see `_bands`.
    """

    seam: Tensor
    detail: Tensor
    softness: float
    sharpening: tuple[float, ...]


def matte(changed: Tensor, covered: Tensor) -> Tensor:
    """A mask of changed pixels with a soft rim around it, exactly 0 from a few pixels on, [1,1,h,w].

    Where T ends just before I does, a change at T's border runs on to I's.

    Args:
        changed: [1,1,h,w] in {0, 1}.
        covered: where T reaches.
    """
    if not bool(changed.any()):
        return torch.zeros_like(changed)
    changed, beyond = changed * covered, 1 - covered
    if bool(beyond.any()):
        for _ in range(math.ceil(_CONTINUED * max(changed.shape[-2:]))):
            changed = torch.maximum(changed, dilate(changed, 1) * beyond)
    soft = gaussian(dilate(changed, _GROW), _RIM)
    return ((soft - 0.05) / 0.85).clamp(0, 1) * torch.maximum(covered, changed)


def full_size(mask: Tensor, size: tuple[int, int]) -> Tensor:
    """A mask at I's size, its faint values exactly 0."""
    mask = resize(mask, size).clamp(0, 1)
    return torch.where(mask > _NOTHING, mask, torch.zeros_like(mask))


def finish(registration: Registration, mask: Tensor, softness: float) -> Finish:
    """Compare T with I around and inside the mask.

    Args:
        registration: T on I, light fitted.
        mask: [1,1,h,w] at the size of estimation.
        softness: standard deviation of T's blur there, in pixels.
    """
    matched = registration.matched
    seam = torch.zeros_like(matched)
    scale = max(registration.original.shape[-2:]) / max(mask.shape[-2:])
    if not registration.exact:
        seam = _seam(registration.small, matched, mask, registration.covered)
    upscaled = 0.45 * _upscaling(registration)
    softness = max(softness * scale, upscaled if upscaled > 0.5 else 0.0)
    sharpening = () if registration.exact else _sharpening(registration, mask)
    return Finish(seam, _kept_detail(registration.small, matched, softness / scale), softness, sharpening)


def put_back(registration: Registration, mask: Tensor, finish: Finish) -> Tensor:
    """I with the edit in it.

    Args:
        registration: T on I.
        mask: [1,1,H,W] at I's size.
        finish: from `finish`.

    Returns:
        [1,3,H,W] in [-1,1]; I's own bits wherever the mask is 0.
    """
    original = registration.original
    result = original.clone()
    used = (mask[0, 0] > 0).any(1).nonzero().flatten()
    if not len(used):
        return result
    size = (original.shape[-2], original.shape[-1])
    for rows in strips_of(size, slice(int(used[0]), int(used[-1]) + 1)):
        here, old = mask[..., rows, :], original[..., rows, :]
        mixed = torch.lerp(old, _fitted(registration, finish, rows).clamp(-1, 1), here)
        result[..., rows, :] = torch.where(here > 0, mixed, old)
    return result


def _fitted(registration: Registration, finish: Finish, rows: slice) -> Tensor:
    """Some rows of T on I, made to fit."""
    original = registration.original
    margin = int(4 * max(finish.softness, _BANDS[-1])) + 2
    around = slice(max(0, rows.start - margin), min(original.shape[-2], rows.stop + margin))
    inner = slice(rows.start - around.start, rows.stop - around.start)
    edit = registration.rows(around)
    fitted = edit[..., inner, :] + 2 * _rows_of(finish.seam, original, rows)
    if finish.sharpening:
        for share, band in zip(finish.sharpening, _bands(edit), strict=True):
            fitted = fitted + share * band[..., inner, :]
    if finish.softness > 0:
        part = original[..., around, :]
        fine = (part - gaussian(part, finish.softness))[..., inner, :]
        fitted = fitted + _rows_of(finish.detail, original, rows) * fine
    return fitted


def _seam(small: Tensor, matched: Tensor, mask: Tensor, covered: Tensor) -> Tensor:
    """I − T just outside the mask, carried inward and fading."""
    side = max(mask.shape[-2:])
    ring = (1 - dilate((mask > 0).float(), 1)) * covered
    seam = torch.zeros_like(matched)
    for reach, damping in _SEAMS:
        rest = (small - matched - seam) * ring
        seam = seam + gaussian(rest, reach * side) / (gaussian(ring, reach * side) + damping)
    return seam


def _upscaling(registration: Registration) -> float:
    """I's pixels per pixel of T."""
    area = float(torch.linalg.det(registration.placement.matrix[:2, :2]).abs())
    return area**-0.5


def _kept_detail(small: Tensor, matched: Tensor, softness: float) -> Tensor:
    """How much of I's detail belongs on T: T's middle frequencies over I's, where both run alike."""
    first, second = luminance(small), luminance(matched)
    first, second = (gaussian(each, max(softness, 0.5)) - gaussian(each, 3.0) for each in (first, second))
    together, own = gaussian(first * second, _WINDOW), gaussian(first * first, _WINDOW)
    other = gaussian(second * second, _WINDOW)
    alike = together / torch.sqrt(own * other + 1e-8)
    gain = (together / (own + 1e-6)).clamp(0, 1.3)
    return gain * ((alike - 0.6) / 0.3).clamp(0, 1)


def _rows_of(small: Tensor, original: Tensor, rows: slice) -> Tensor:
    """Some rows of a small picture resized to the original's size, without making the rest."""
    height, width = original.shape[-2:]
    if small.shape[-2:] == (height, width):
        return small[..., rows, :]
    y = (torch.arange(height, device=small.device)[rows] + 0.5) / height * 2 - 1
    x = (torch.arange(width, device=small.device) + 0.5) / width * 2 - 1
    grid = torch.stack(torch.broadcast_tensors(x[None], y[:, None]), -1)[None]
    return F.grid_sample(small, grid, "bilinear", "border", align_corners=False)


def _sharpening(registration: Registration, mask: Tensor) -> tuple[float, ...]:
    """What resampling and softness took from T, by least squares where nothing changed (a Wiener filter).

    What an autoencoder invents anew does not run along with I, so that it is not amplified.
    """
    apart = gaussian(registration.trust * (1 - dilate((mask > 0).float(), 2)), 2.0)
    box = _best_window(apart, registration.original)
    return _fit_bands(registration, apart, box)


def _fit_bands(registration: Registration, apart: Tensor, box: Box) -> tuple[float, ...]:
    before = box.crop(registration.original)
    after = registration.rows(slice(box.top, box.top + box.height))[..., box.left : box.left + box.width]
    rows = slice(box.top, box.top + box.height)
    weight = _rows_of(apart, registration.original, rows)[..., box.left : box.left + box.width]
    weight = (weight - 0.3).clamp_min(0)
    bands = _bands(after)
    rest = before - after
    rest = rest - gaussian(rest, 4.0)  # colour is the light's affair
    step = rest.numel() // _PIXELS + 1
    columns = torch.stack([band.flatten()[::step] for band in bands]).cpu().double()
    heavy = weight.expand_as(after).flatten()[::step].cpu().double()
    normal = (columns * heavy) @ columns.T
    normal += torch.eye(len(bands), dtype=torch.float64) * (0.02 * normal.diagonal().mean() + 1e-6)
    solved = torch.linalg.solve(normal, (columns * heavy) @ rest.flatten()[::step].cpu().double())
    return tuple(solved.clamp(*_SHARPENED).tolist())


def _bands(picture: Tensor) -> list[Tensor]:
    blurred = [picture] + [gaussian(picture, sigma) for sigma in _BANDS]
    return [a - b for a, b in zip(blurred[:-1], blurred[1:], strict=True)]


def _best_window(apart: Tensor, original: Tensor) -> Box:
    """A window of I where much is unchanged."""
    height, width = original.shape[-2:]
    tall, wide = min(height, _SAMPLED), min(width, _SAMPLED)
    if (tall, wide) == (height, width):
        return Box(0, 0, height, width)
    share = F.interpolate(apart, size=(16, 16), mode="area")
    steps = F.avg_pool2d(share, (max(1, round(16 * tall / height)), max(1, round(16 * wide / width))), 1)
    y, x = divmod(int(steps.flatten().argmax()), steps.shape[-1])
    return Box(min(height - tall, y * height // 16), min(width - wide, x * width // 16), tall, wide)
