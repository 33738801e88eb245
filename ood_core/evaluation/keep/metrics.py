"""Figures of one result against the truth of its pair. Levels are of 255; (x, y) errors in pixels of I."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ...diffcam.filters import dilate
from ...domains.portraits import visible_change
from ..metrics import BEST_PSNR, VISIBLE
from .methods import Outcome, plain_flow
from .pairs import KeepPair

MARGIN = 2
"""Pixels by which the rim of a mask may be off."""
WORSE = 0.05
"""Pixels by which a registration must be worse than none to count as wrong."""

LUMA = (0.299, 0.587, 0.114)
_LEVELS = 127.5  # levels per unit of pictures in [-1, 1]


def figures_of(pair: KeepPair, outcome: Outcome) -> dict[str, float | None]:
    """Every figure of one result; None where it does not apply.

    Returns:
        "iou" and "ap" of the mask (of pairs with an edit); "changed", its share of the picture, and "empty",
        whether it is; "psnr_inside" where the true edit exceeds one half and T shows it, and "psnr_outside"
        farther than `MARGIN` from it; "identical", share of bits kept there; "seam"; "registration" and
        "worse" (see `registration_error`); "seconds" and "mebibytes" per megapixel.
    """
    true, made = pair.true, outcome.made
    inside = (true.mask > VISIBLE) & pair.drifted.covered
    outside = dilate((true.mask > 0).float(), MARGIN) == 0
    error, plain = registration_error(pair, made.flow)
    megapixels = true.mask.numel() / 1e6
    same = (made.picture == true.original).all(1, keepdim=True)
    return {
        **mask_figures(pair, made.mask),
        "psnr_inside": psnr(made.picture, true.edited, inside),
        "psnr_outside": psnr(made.picture, true.edited, outside),
        "identical": _share(same, outside),
        "seam": seam(made.picture, true.edited, true.mask, made.mask),
        "registration": error,
        "worse": None if error is None or plain is None else float(error > plain + WORSE),
        "seconds": None if outcome.seconds is None else outcome.seconds / megapixels,
        "mebibytes": None if outcome.mebibytes is None else outcome.mebibytes / megapixels,
    }


def mask_figures(pair: KeepPair, mask: Tensor) -> dict[str, float | None]:
    """Accuracy of a mask [1, 1, H, W] in [0, 1].

    A rim that is off by no more than `MARGIN` is right: true pixels so near to found ones count as found, and
    pixels found so near to true ones do not count. Nor do pixels count where the true edit is fainter than
    one half, or equals the original by chance.
    """
    from torchmetrics.functional.classification import binary_average_precision

    found = mask > VISIBLE
    shares = {"changed": float(found.float().mean()), "empty": float(not bool(found.any()))}
    counts, inside = ~_unclear(pair), pair.true.mask > VISIBLE
    if not bool((inside & counts).any()):
        return {"iou": None, "ap": None, **shares}
    hits = inside & counts & _grown(found)
    counts_outside = counts & ~(_grown(inside) & ~inside)
    false = found & ~inside & counts_outside
    union = float((inside & counts).sum() + false.sum())
    precision = binary_average_precision(mask[counts_outside].float(), inside[counts_outside].int())
    return {"iou": float(hits.sum()) / union, "ap": float(precision), **shares}


def registration_error(pair: KeepPair, flow: Tensor | None) -> tuple[float | None, float | None]:
    """Mean distance of a map from the true one, and that of mere resizing, in pixels of I.

    Where the edit is, and where T does not show I, nothing is to be registered, and nothing counts.
    """
    counts = pair.drifted.covered & (pair.true.mask == 0)
    if flow is None or not bool(counts.any()):
        return None, None
    scale = pair.true.mask.shape[-1] / pair.drifted.edited.shape[-1]
    plain = plain_flow(pair.true.original, pair.drifted.edited)
    apart = [(one - pair.drifted.flow).norm(dim=1, keepdim=True)[counts] for one in (flow, plain)]
    return float(apart[0].mean()) * scale, float(apart[1].mean()) * scale


def psnr(picture: Tensor, target: Tensor, where: Tensor) -> float | None:
    """In dB over the pixels of a boolean mask [1, 1, H, W], at most ``BEST_PSNR``; None where it is empty."""
    if not bool(where.any()):
        return None
    error = ((picture - target) / 2)[where.expand_as(picture)].double().square().mean()
    return float((-10 * torch.log10(error.clamp_min(1e-12))).clamp(max=BEST_PSNR))


def seam(picture: Tensor, target: Tensor, *masks: Tensor) -> float | None:
    """Mean error of the gradient along the rims of masks, in levels per pixel; None where there is no rim.

    Both the true rim and the method's own count: a halo lies along the one, a cut-off edit along the other.
    """
    rims = torch.stack([_rim(mask) for mask in masks]).amax(0)
    if not bool(rims.any()):
        return None
    difference = ((picture - target) * picture.new_tensor(LUMA).view(1, 3, 1, 1)).sum(1, True) * _LEVELS
    padded = F.pad(difference, (0, 1, 0, 1), mode="replicate")
    across, down = padded[..., :-1, 1:] - difference, padded[..., 1:, :-1] - difference
    return float((across.square() + down.square()).sqrt()[rims].mean())


def _rim(mask: Tensor) -> Tensor:
    """Pixels within `MARGIN` of where a mask crosses one half, boolean; the picture's border is none."""
    inside = (mask > VISIBLE).float()
    return (dilate(inside, MARGIN) > 0) & (dilate(inside, -MARGIN) < 1)


def _unclear(pair: KeepPair) -> Tensor:
    true = pair.true
    faint = (true.mask > 0) & (true.mask <= VISIBLE)
    chance = (true.mask > VISIBLE) & (visible_change(true.original, true.edited) <= VISIBLE)
    return faint | chance


def _grown(region: Tensor) -> Tensor:
    return dilate(region.float(), MARGIN) > 0


def _share(part: Tensor, whole: Tensor) -> float | None:
    count = int(whole.sum())
    return int((part & whole).sum()) / count if count else None
