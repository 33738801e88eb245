"""What an edit leaves as it was: where two pictures still vary alike."""

from __future__ import annotations

from torch import Tensor

_FLAT = 1e-2  # variance (range 2) below which a neighbourhood counts as flat; skin grain stays below it
_WINDOW, _SIGMA = 7, 1.5  # of the Gaussian, in pixels


def kept_structure(before: Tensor, after: Tensor) -> Tensor:
    """Whether each neighbourhood still varies as it did, whatever its colour and light.

    The structure term of SSIM (Wang et al. 2004), 2·cov(x, y) / (var x + var y), written as 1 − var(y − x) /
    (var x + var y).

    Args:
        before, after: [B, 3, H, W] in [-1, 1].

    Returns:
        [B, 1, H, W] in [0, 1], exactly 1 where both agree over the whole window.
    """
    varied = _variance(before) + _variance(after)
    return (1 - _variance(after - before) / (varied + _FLAT)).clamp(0, 1)


def local_mean(x: Tensor) -> Tensor:
    """Gaussian average over the window, the border repeated: [B, C, H, W] -> same shape."""
    from kornia.filters import gaussian_blur2d  # kornia takes a fifth of a second to import

    return gaussian_blur2d(x, (_WINDOW, _WINDOW), (_SIGMA, _SIGMA), border_type="replicate")


def _variance(x: Tensor) -> Tensor:
    """Variance of each pixel's neighbourhood, mean over the channels: [B, 3, H, W] -> [B, 1, H, W]."""
    return (local_mean(x.square()) - local_mean(x).square()).clamp(min=0).mean(dim=1, keepdim=True)
