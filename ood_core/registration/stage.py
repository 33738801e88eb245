"""T, whatever its size, brought onto I: place first, then light."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from ..errors import ShapeError
from ..images import check_finite, check_range, strips_of
from .agreement import correlation, structure
from .filters import dilate, gaussian, luminance, picked, quantile, resize
from .light import Light, fit_light, is_deliberate
from .locate import locate
from .pasted import same_pixels
from .placement import Placement, resized
from .report import Report, relit

WORK_SIDE = 640
"""Registration and masks are estimated on pictures of at most this many pixels a side."""
_SMALLEST_SIDE = 8
_EXACT = 0.5  # share of textured pixels that are the same to the bit: such a T was never moved
_USUAL, _UNUSUAL = 0.06, 6.0  # a difference that light may leave, and how many times the median more


@dataclass(frozen=True, eq=False)
class Registration:
    """T on I's grid.

    Attributes:
        original, edited: I [1,3,H,W] and T [1,3,H',W'] in [-1,1].
        placement: where I's pixels lie in T.
        light: T's colours → I's.
        small: I at the size of estimation, in [0,1].
        seen: T there, in its own light, in [0,1] but for overshoots.
        covered: where T reaches, there, [1,1,h,w] in {0, 1}.
        trust: how far each pixel is thought unchanged, there.
        exact: whether T is I to the bit where it was not edited.
        whole: whether T is another picture as a whole: of another scene, or in another light on purpose.
        report: in numbers and words.
    """

    original: Tensor
    edited: Tensor
    placement: Placement
    light: Light
    small: Tensor
    seen: Tensor
    covered: Tensor
    trust: Tensor
    exact: bool
    whole: bool
    report: Report

    @property
    def registered(self) -> Tensor:
        """T on I's grid in I's light, [1,3,H,W] in [-1,1], made anew at every call.

        Where T does not reach, it is mirrored at its border.
        """
        return torch.cat([self.rows(strip) for strip in strips_of(self.placement.size)], 2)

    def rows(self, rows: slice) -> Tensor:
        """Some rows of the same."""
        brought = self.placement.bring(self.edited, rows=rows)
        if not self.light.plain:
            brought = self.light.apply(brought / 2 + 0.5, self.placement.size, rows) * 2 - 1
        return brought.clamp(-1, 1)

    @property
    def coverage(self) -> Tensor:
        """1 where T reaches, [1,1,H,W]."""
        return self.placement.coverage(self.placement.size, self.original.device)

    @property
    def reached(self) -> Tensor:
        """The same at the size of estimation, up to T's very border, [1,1,h,w]."""
        return self.placement.coverage(_size(self.small), self.original.device)

    @property
    def flow(self) -> Tensor:
        """T's pixel coordinates (x, y) of each of I's pixel centres, [1,2,H,W]; 0 is the first centre."""
        return self.placement.flow(self.original.device)

    @cached_property
    def matched(self) -> Tensor:
        """T at the size of estimation, in I's light, in [0,1] but for overshoots."""
        return self.light.apply(self.seen, _size(self.seen))

    def noting(self, text: str) -> Registration:
        """With a further note in its report."""
        return replace(self, report=replace(self.report, notes=(*self.report.notes, text)))

    def relit(self, unchanged: Tensor) -> Registration:
        """With light fitted again where a mask [1,1,h,w] of unchanged pixels allows."""
        if self.exact or self.whole:
            return self
        trust = self.trust * unchanged
        light = fit_light(self.small, self.seen, trust)
        trust = trust * _explained(self.small, light.apply(self.seen, _size(self.seen)), trust)
        return replace(self, light=light, trust=trust)


@dataclass(frozen=True, eq=False)
class Placed:
    """Where T lies, before its light is looked at.

    Attributes:
        placement: where I's pixels lie in T.
        report: in numbers and words.
        exact: whether T is I to the bit where it was not edited.
    """

    placement: Placement
    report: Report
    exact: bool


def place(original: Tensor, edited: Tensor, work_side: int = WORK_SIDE) -> Placed:
    """The first half of `register`: where T lies."""
    check_picture(original, "original")
    check_picture(edited, "edited picture")
    plain = resized(original, edited)
    if same_pixels(original, edited) > _EXACT:
        return Placed(plain, Report(), exact=True)
    placement, report = locate(_small(original, work_side), edited, plain)
    return Placed(placement, report, exact=False)


def register(
    original: Tensor, edited: Tensor, work_side: int = WORK_SIDE, placed: Placed | None = None
) -> Registration:
    """Bring an edited picture of any size onto its original.

    Both are fitted on what did not change. Where the two pictures share too little to be sure, T is only
    resized, and the report says so.

    Args:
        original: I, [1,3,H,W] in [-1,1].
        edited: T, [1,3,H',W'] in [-1,1].
        work_side: longer side at which is estimated.
        placed: where T lies, from `place`; None finds it.

    Raises:
        ShapeError: if either is not one RGB picture of at least 8 pixels a side.
        ImageError: if either holds values that are not finite, or far beyond -1 to 1.
    """
    placed = placed or place(original, edited, work_side)
    placement, report, exact = placed.placement, placed.report, placed.exact
    small = _small(original, work_side)
    work = _size(small)
    seen = placement.bring(edited, work) / 2 + 0.5
    covered = _safely_covered(placement, work, original.device)
    trust = _trust(small, seen, covered)
    whole = report.confidence == 0
    light = Light() if exact or whole else fit_light(small, seen, trust)
    if is_deliberate(light, seen):
        light, whole, report = Light(), True, relit(report)
    trust = trust * _explained(small, light.apply(seen, work), trust)
    return Registration(original, edited, placement, light, small, seen, covered, trust, exact, whole, report)


def check_picture(picture: Tensor, what: str) -> None:
    """Refuse what is no single picture.

    Raises:
        ShapeError, ImageError: as `register`.
    """
    if picture.ndim != 4 or picture.shape[1] != 3 or picture.shape[0] != 1:
        raise ShapeError(f"The {what} must be one RGB picture [1, 3, H, W], not {list(picture.shape)}.")
    if min(picture.shape[-2:]) < _SMALLEST_SIDE:
        raise ShapeError(
            f"The {what} is {picture.shape[-1]}×{picture.shape[-2]} pixels; "
            f"{_SMALLEST_SIDE} a side are needed to compare it."
        )
    check_finite(picture, f"the {what}")
    check_range(picture, f"the {what}")


def _small(original: Tensor, work_side: int) -> Tensor:
    """I at the size of estimation, in [0,1]."""
    size = _size(original)
    scale = min(1.0, work_side / max(size))
    return resize(original, (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))) / 2 + 0.5


def _safely_covered(placement: Placement, size: tuple[int, int], device: torch.device) -> Tensor:
    """Where T reaches, two pixels from its border, which resampling mixes with nothing."""
    covered = placement.coverage(size, device)
    return covered if bool(covered.all()) else dilate(covered, -2)


def _trust(small: Tensor, seen: Tensor, covered: Tensor) -> Tensor:
    """Unchanged as far as structure tells: textured places by their correlation, flat ones a little."""
    first, second = structure(luminance(small)), structure(luminance(seen))
    agreeing = ((correlation(first.feature, second.feature) - 0.3) / 0.5).clamp(0, 1)
    flat = (0.02 / (torch.maximum(first.contrast, second.contrast) + 0.02)).square()
    return (flat * 0.35 + (1 - flat) * agreeing) * covered


def _explained(small: Tensor, matched: Tensor, trust: Tensor) -> Tensor:
    """How far light explains each pixel: a recoloured coat keeps its structure, but not its colour."""
    error = gaussian(small - matched, 2.5).abs().amax(1, keepdim=True)
    usual = max(_USUAL, _UNUSUAL * quantile(picked(error, trust > 0.5)))
    return 1 / (1 + (error / usual).square()).square()


def _size(picture: Tensor) -> tuple[int, int]:
    return picture.shape[-2], picture.shape[-1]
