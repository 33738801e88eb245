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
"""Pixels around the rim of the true edit that say nothing about a mask."""
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

    Pixels within `MARGIN` of the true rim do not count, nor do those where the true edit is fainter than one
    half, nor gaps within it where it equals the original by chance.
    """
    from torchmetrics.functional.classification import binary_average_precision

    found = mask > VISIBLE
    shares = {"changed": float(found.float().mean()), "empty": float(not bool(found.any()))}
    inside = pair.true.mask > VISIBLE
    if not bool(inside.any()):
        return {"iou": None, "ap": None, **shares}
    counts = ~_unclear(pair)
    both = float((found & inside & counts).sum())
    either = float(((found | inside) & counts).sum())
    if not bool((inside & counts).any()):  # thinner than the margin: then all of it counts
        counts = torch.ones_like(counts)
        both, either = float((found & inside).sum()), float((found | inside).sum())
    precision = binary_average_precision(mask[counts].float(), inside[counts].int())
    return {"iou": both / max(either, 1.0), "ap": float(precision), **shares}


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
    return _rim(true.mask) | faint | chance


def _share(part: Tensor, whole: Tensor) -> float | None:
    count = int(whole.sum())
    return int((part & whole).sum()) / count if count else None
