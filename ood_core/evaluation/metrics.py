"""Figures of one method over all samples. Every pixel figure pools the pixels of all samples."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from .samples import Sample

VISIBLE = 0.5
"""The true change, and a mask, are where they exceed this."""
BEST_PSNR = 100.0
"""What PSNR is given as where two pictures are equal or nearly so, in dB."""


def ghost_energy(picture: Tensor, source: Tensor, target: Tensor, inside: Tensor) -> tuple[float, float]:
    """What of the unedited attribute is still there, and what there was, in squared units of the pictures.

    A pixel's rest r = ⟨F − F*, I − F*⟩ / |I − F*|² says how far the result F lies from the true edit F* back
    towards the input I: 0 where nothing is left, 1 where nothing was edited. Errors in other directions, and
    beyond either end, are no ghosts. The energy is r²·|I − F*|², against |I − F*|² before the edit.

    Args:
        picture, source, target: F, I and F*, [B, 3, H, W].
        inside: where to look, boolean [B, 1, H, W].

    Returns:
        The two sums over the pixels inside; their quotient is in [0, 1].
    """
    before = source - target
    length = before.square().sum(dim=1, keepdim=True)
    along = ((picture - target) * before).sum(dim=1, keepdim=True)
    rest = (along / length.clamp_min(1e-12)).clamp(0, 1)
    return float((rest.square() * length)[inside].sum()), float(length[inside].sum())


class Share:
    """A part of a whole, gathered bit by bit."""

    def __init__(self) -> None:
        self._part, self._whole = 0.0, 0.0

    def add(self, part: float, whole: float) -> None:
        """Count more of both."""
        self._part += part
        self._whole += whole

    @property
    def value(self) -> float | None:
        """Part over whole; None where nothing was counted."""
        return self._part / self._whole if self._whole else None


class PooledPsnr:
    """PSNR of the mean squared error over all pixels given, in dB, at most ``BEST_PSNR``."""

    def __init__(self) -> None:
        from torchmetrics.image import PeakSignalNoiseRatio

        self._metric: Any = PeakSignalNoiseRatio(data_range=2.0)

    def add(self, picture: Tensor, target: Tensor, where: Tensor) -> None:
        """Count the pixels of [B, 3, H, W] where a boolean mask [B, 1, H, W] is set."""
        if bool(where.any()):
            pixels = where.expand_as(picture)
            self._metric.update(picture[pixels], target[pixels])

    @property
    def value(self) -> float | None:
        """None where nothing was counted."""
        return min(BEST_PSNR, float(self._metric.compute())) if self._metric.total else None


def kept_bits(picture: Tensor, original: Tensor, where: Tensor) -> tuple[int, int]:
    """How many pixels of [B, 3, H, W] hold the original's bits, and how many were to: a mask [B, 1, H, W]."""
    same = (picture == original).all(dim=1, keepdim=True)
    return int((same & where).sum()), int(where.sum())


class PixelFigures:
    """Distances to the true edit, ghosts and the mask's accuracy, gathered sample by sample."""

    def __init__(self) -> None:
        from torchmetrics.classification import BinaryAveragePrecision, BinaryJaccardIndex

        self._psnr = {where: PooledPsnr() for where in _WHERE}
        self._ssim = {where: Share() for where in _WHERE}
        self._iou: Any = BinaryJaccardIndex(threshold=VISIBLE)
        self._precision: Any = BinaryAveragePrecision()
        self._ghost, self._same = Share(), Share()
        self._masks = 0

    def add(self, picture: Tensor, mask: Tensor | None, kept: Tensor, sample: Sample) -> None:
        """Count one sample.

        Args:
            picture: the result, [1, 3, R, R] in [-1, 1].
            mask: the method's own, [1, 1, R, R] in [0, 1], or None.
            kept: where the input's bits were to be kept, boolean [1, 1, R, R].
            sample: with the true edit.
        """
        inside = sample.change > VISIBLE
        similarity = _ssim_map(picture, sample.target)
        for where, region in zip(_WHERE, (torch.ones_like(inside), inside, ~inside), strict=True):
            values = similarity[region.expand_as(similarity)]
            self._psnr[where].add(picture, sample.target, region)
            self._ssim[where].add(float(values.double().sum()), values.numel())
        self._ghost.add(*ghost_energy(picture, sample.source, sample.target, inside))
        self._same.add(*kept_bits(picture, sample.source, kept))
        if mask is not None:
            self._iou.update(mask.flatten(), inside.flatten().int())
            self._precision.update(mask.flatten(), inside.flatten().int())
            self._masks += 1

    def figures(self) -> dict[str, float | None]:
        """Name → figure, in dB and fractions; None where nothing was counted."""
        return {
            **{f"psnr{where}": psnr.value for where, psnr in self._psnr.items()},
            **{f"ssim{where}": ssim.value for where, ssim in self._ssim.items()},
            "identical_outside_mask": self._same.value,
            "mask_iou": float(self._iou.compute()) if self._masks else None,
            "mask_ap": float(self._precision.compute()) if self._masks else None,
            "ghost_energy": self._ghost.value,
        }


_WHERE = ("", "_inside", "_outside")


def _ssim_map(picture: Tensor, target: Tensor) -> Tensor:
    """SSIM (Wang et al. 2004) of each pixel's neighbourhood, of the pictures in [0, 1]: [B, 3, H, W]."""
    from torchmetrics.functional.image import structural_similarity_index_measure

    pair = ((picture + 1) / 2, (target + 1) / 2)
    _, similarity = structural_similarity_index_measure(*pair, data_range=1.0, return_full_image=True)
    return similarity
