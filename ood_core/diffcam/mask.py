"""The faithful mask: how much of the edit each pixel needs, on an absolute scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import OodError, ShapeError
from .filters import blur, dilate, smoothstep

FOREIGN = (30.0, 60.0)
"""Grey levels of what is foreign to a bundle that does not say its own."""
_MUCH = 0.5  # of an edit held back; hats and hands before faces that a bundle knows take less
_GRID = 64  # side of the map on which places are decided; the evidence's own is smaller still


@dataclass(frozen=True)
class MaskSettings:
    """What counts as a change, and where it is accepted.

    Levels are grey levels of 255. Lengths are shares of the picture's longer side.

    Attributes:
        low, high: levels between which a colour difference begins and is wholly an edit.
        weak, strong: shares of the attribute's largest difference between which a difference begins to stand
            for itself. Fainter ones are accepted only beside such: elsewhere they are leaks, which grow with
            the edit. Never below `low` and `high`.
        beside: length that "beside" means.
        smoothing: standard deviation of the blur that removes differences of single pixels.
        evidence_low, evidence_high: shares of the evidence's maximum between which it begins and wholly
            counts.
        margin: length by which the evidence is widened: it is coarse.
        reach: length over which the mask may follow connected changed pixels beyond that.
        gap: length; holes and cracks narrower than twice this are closed.
        feather: standard deviation of the final blur.
        floor: mask values up to this become exactly 0, the others stretch to fill the range.
        foreign_low, foreign_high: levels by which the original differs from its reconstruction where it
            begins to be, and wholly is, something the generator cannot draw: the original stays.
        foreign_blur: standard deviation of the blur before that comparison.
        foreign_gap: length; holes in foreign things narrower than twice this belong to them: part of a hat
            may have the colour of the hair that the generator put there.
    """

    low: float = 4.0
    high: float = 14.0
    weak: float = 0.15
    strong: float = 0.25
    beside: float = 0.08
    smoothing: float = 0.005
    evidence_low: float = 0.1
    evidence_high: float = 0.3
    margin: float = 0.05
    reach: float = 0.2
    gap: float = 0.01
    feather: float = 0.004
    floor: float = 0.05
    foreign_low: float = FOREIGN[0]
    foreign_high: float = FOREIGN[1]
    foreign_blur: float = 0.01
    foreign_gap: float = 0.045

    def __post_init__(self) -> None:
        for field in fields(self):
            if not 0 <= getattr(self, field.name) < float("inf"):
                raise ShapeError(
                    f"The mask's {field.name} must be 0 or more, not {getattr(self, field.name)}."
                )
        for low, high in (("low", "high"), ("weak", "strong"), ("evidence_low", "evidence_high")):
            self._check_order(low, high)
        self._check_order("foreign_low", "foreign_high")

    def changed(self, numbers: Mapping[str, float]) -> MaskSettings:
        """These settings with some of them changed, by name.

        Raises:
            OodError: if there is no setting of a name.
            ShapeError: if a number is impossible.
        """
        known = [field.name for field in fields(self)]
        for name in numbers:
            if name not in known:
                raise OodError(f"There is no mask setting '{name}'. Known: {', '.join(known)}.")
        return replace(self, **numbers)

    def _check_order(self, low: str, high: str) -> None:
        if getattr(self, low) >= getattr(self, high):
            raise ShapeError(
                f"The mask's {low} ({getattr(self, low)}) must be below its {high} ({getattr(self, high)})."
            )


DEFAULT_SETTINGS = MaskSettings()


def faithful_mask(
    reconstruction: Tensor,
    edited: Tensor,
    evidence: Tensor | None = None,
    original: Tensor | None = None,
    settings: MaskSettings = DEFAULT_SETTINGS,
) -> Tensor:
    """How much of the edit each pixel takes: exactly 0 where the edit changes nothing that it needs.

    The colour difference |T − I'| decides how much, pixel by pixel and on a scale of grey levels: its edges
    are the mask's, and an edit of nothing gives an empty mask. The class evidence, coarse as it is, decides
    which differences belong to the attribute: those near it and those connected to them. The rest leaked.

    Args:
        reconstruction: I' [B,3,H,W] in [-1,1].
        edited: T, of the same shape.
        evidence: [B,A,h,w] from `differential_cam`, one map an attribute, united by maximum. None accepts
            differences anywhere, and so does a map that is zero throughout: it says nothing about places.
        original: I, of the same shape; where it shows what I' does not, it is kept.
        settings: the scales.

    Returns:
        Mask [B,1,H,W] in [0,1], without NaN; all zero where T equals I'.

    Raises:
        ShapeError: if the pictures' shapes differ or the evidence has another batch size.
    """
    _check([reconstruction, edited] if original is None else [reconstruction, edited, original], evidence)
    side = max(edited.shape[-2:])
    change = difference(reconstruction, edited, settings.smoothing * side)
    accepted = accepted_places(change, evidence, settings)
    accepted = F.interpolate(accepted, size=change.shape[-2:], mode="bilinear", align_corners=False)
    mask = smoothstep(change, settings.low, settings.high) * accepted
    gap = round(settings.gap * side)
    mask = dilate(dilate(mask, gap), -gap)
    if original is not None:
        mask = mask * (1 - foreign(original, reconstruction, settings))
    mask = blur(mask, settings.feather * side)
    return ((mask - settings.floor) / (1 - settings.floor)).clamp(0, 1)


def difference(first: Tensor, second: Tensor, sigma: float) -> Tensor:
    """Largest difference of any channel, in grey levels, after a blur: [B,3,H,W] twice -> [B,1,H,W].

    The blur comes first, so that differences of single pixels cancel while lines only grow fainter.
    """
    levels = (first.float().clamp(-1, 1) - second.float().clamp(-1, 1)) * 127.5
    return blur(levels, sigma).abs().amax(dim=1, keepdim=True)


def accepted_places(change: Tensor, evidence: Tensor | None, settings: MaskSettings) -> Tensor:
    """Where differences are accepted, decided for each attribute by itself.

    Args:
        change: |T − I'| in grey levels, [B,1,H,W].
        evidence: [B,A,h,w], non-negative, or None.
        settings: the scales.

    Returns:
        Acceptance in [0,1] on a coarse map, [B,1,64,64]: the most that any attribute gives.
    """
    change = F.adaptive_max_pool2d(change, _GRID)
    near = torch.ones_like(change) if evidence is None else _near(evidence, settings)
    peak = (change * (near > 0)).amax(dim=(2, 3), keepdim=True)
    low = (settings.weak * peak).clamp(min=settings.low)
    high = (settings.strong * peak).clamp(min=settings.high)
    standing = dilate(smoothstep(change, low, high), round(settings.beside * _GRID))
    followed = _follow(near, (standing >= 0.5).to(near), settings.reach)
    return torch.minimum(followed, standing).amax(dim=1, keepdim=True)


def mismatch(original: Tensor, reconstruction: Tensor, settings: MaskSettings) -> Tensor:
    """By how many grey levels a picture differs from its reconstruction: [B,3,H,W] twice -> [B,1,64,64]."""
    coarse = [F.adaptive_avg_pool2d(picture, _GRID) for picture in (original, reconstruction)]
    return difference(coarse[0], coarse[1], settings.foreign_blur * _GRID)


def foreign(original: Tensor, reconstruction: Tensor, settings: MaskSettings) -> Tensor:
    """Where the original shows what the generator cannot draw: [B,3,H,W] twice -> [B,1,H,W] in [0,1]."""
    levels = settings.foreign_low, settings.foreign_high
    things = smoothstep(mismatch(original, reconstruction, settings), *levels)
    gap = round(settings.foreign_gap * _GRID)
    things = dilate(dilate(things, gap), -gap)
    return F.interpolate(things, size=original.shape[-2:], mode="bilinear", align_corners=False)


def held_back(
    original: Tensor, reconstruction: Tensor, edited: Tensor, settings: MaskSettings = DEFAULT_SETTINGS
) -> Tensor:
    """Share of an edit that `faithful_mask` leaves out because the original shows there what I' does not.

    Hats and hands take a part of most edits; where more than half of one is left out, the picture is seldom
    of the kind that the generator knows.

    Args:
        original, reconstruction, edited: I, I' and T, [B,3,H,W] in [-1,1].
        settings: the scales.

    Returns:
        [B] in [0,1]; 0 where the edit changes nothing.
    """
    _check([reconstruction, edited, original], None)
    change = difference(reconstruction, edited, settings.smoothing * max(edited.shape[-2:]))
    change = smoothstep(change, settings.low, settings.high)
    left_out = (change * foreign(original, reconstruction, settings)).sum(dim=(1, 2, 3))
    return left_out / change.sum(dim=(1, 2, 3)).clamp_min(1e-6)


def why_held_back(share: float, name: str) -> str:
    """What to tell somebody of whose edit little arrives; nothing where most of it does.

    Args:
        share: from `held_back`.
        name: the bundle's.
    """
    if share <= _MUCH:
        return ""
    return (
        f"{share:.0%} of the edit was left out, where the picture shows what '{name}' cannot draw; "
        "a picture of another kind needs a bundle of its kind"
    )


def _near(evidence: Tensor, settings: MaskSettings) -> Tensor:
    """The evidence of each attribute, relative to its maximum, widened: [B,A,h,w] -> [B,A,64,64] in [0,1]."""
    top = evidence.amax(dim=(2, 3), keepdim=True)
    share = torch.where(top > 0, evidence / top, 1.0)
    share = F.interpolate(share.float(), size=(_GRID, _GRID), mode="bilinear", align_corners=False)
    counts = smoothstep(share, settings.evidence_low, settings.evidence_high)
    return dilate(counts, round(settings.margin * _GRID))


def _follow(start: Tensor, path: Tensor, reach: float) -> Tensor:
    """Spread a map along a path: in full over half the reach, then fading. All [B,A,64,64] in [0,1]."""
    steps = max(1, round(reach * _GRID))
    spread = start
    for _ in range(steps):
        spread = torch.maximum(start, path * (F.max_pool2d(spread, 3, stride=1, padding=1) - 1 / steps))
    return dilate((2 * spread).clamp(max=1), 1)  # one cell more, for the rims of what was followed


def _check(pictures: list[Tensor], evidence: Tensor | None) -> None:
    shapes = [list(picture.shape) for picture in pictures]
    if any(shape != shapes[0] for shape in shapes) or len(shapes[0]) != 4:
        raise ShapeError(f"The pictures must have one shape [B, 3, H, W], not {', '.join(map(str, shapes))}.")
    if evidence is not None and (evidence.ndim != 4 or evidence.shape[0] != shapes[0][0]):
        raise ShapeError(f"The evidence must be [{shapes[0][0]}, A, h, w], not {list(evidence.shape)}.")
