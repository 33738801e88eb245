"""T, whatever its size, brought onto I: place first, then light."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from ..errors import ShapeError
from ..images import Box, check_finite
from .affine_fit import fit_affine, map_score
from .agreement import Structure, correlation, score, structure
from .filters import dilate, gaussian, luminance, quantile, resize
from .geometry import corners_apart, resizing
from .hypotheses import Start, find_start, scaled_pair
from .light import Light, fit_light
from .placement import Placement
from .residual import residual_warp

WORK_SIDE = 640
"""Registration and masks are estimated on pictures of at most this many pixels a side."""
_SMALLEST_SIDE = 8
_EXACT = 0.5  # share of textured pixels that are the same to the bit: such a T was never moved
_CLOSED = 6  # pixels; inside a pasted rectangle flat places may be the same by chance
_FILLED, _LEAST, _MOST = (
    0.9,
    0.02,
    0.95,
)  # how much of a rectangle differs, and how large it is, if it was pasted
_WORTH = 0.001  # of the score; a map that gains less than this over plain resizing is not used
_UNMOVED = 0.12  # pixels; a smaller motion than this is rounding
_UNSURE = 0.09  # two pictures of different things reach 0.05; below this they are not registered
_DOUBT, _CLEARLY = 0.25, 1.3  # below this score a map must be so many times better than plain resizing
_CONFIDENT = 0.6
_USUAL, _UNUSUAL = 0.06, 6.0  # a difference that light may leave, and how many times the median more


@dataclass(frozen=True)
class Report:
    """What happened to T on its way.

    Attributes:
        shift: (x, y) by which T's content lies off at I's centre, in I's pixels.
        zoom: how much larger than I's T's content is, beyond the pictures' sizes; 1 for not at all.
        turn: degrees clockwise by which T's content is turned.
        changed: share of the picture that is edited; 0 before that is known.
        confidence: 0..1, how far the registration can be relied on.
        notes: sentences for the user.
    """

    shift: tuple[float, float] = (0.0, 0.0)
    zoom: float = 1.0
    turn: float = 0.0
    changed: float = 0.0
    confidence: float = 1.0
    notes: tuple[str, ...] = ()


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
    report: Report = field(default_factory=Report)

    @property
    def registered(self) -> Tensor:
        """T on I's grid in I's light, [1,3,H,W] in [-1,1]; where T does not reach its border is continued."""
        return self.bring_matched()

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
        """T's pixel coordinates (x, y) of each of I's pixel centres, [1,2,H,W]; (0, 0) is the first centre."""
        return self.placement.flow(self.original.device)

    @property
    def matched(self) -> Tensor:
        """T at the size of estimation, in I's light, in [0,1] but for overshoots."""
        return self.light.apply(self.seen, _size(self.seen))

    def bring_matched(self) -> Tensor:
        """See `registered`; made anew at every call, strip by strip."""
        brought = self.placement.bring(self.edited)
        if self.light.plain:
            return brought.clamp(-1, 1)
        brought = brought.clone() if brought is self.edited else brought
        step = max(1, (1 << 20) // brought.shape[-1])
        for top in range(0, brought.shape[-2], step):
            rows = slice(top, min(brought.shape[-2], top + step))
            unit = (brought[..., rows, :] + 1) / 2
            brought[..., rows, :] = self.light.apply(unit, _size(brought), rows) * 2 - 1
        return brought.clamp_(-1, 1)

    def relit(self, unchanged: Tensor) -> Registration:
        """With light fitted again where a mask [1,1,h,w] of unchanged pixels allows."""
        if self.exact:
            return self
        trust = self.trust * unchanged
        light = fit_light(self.small, self.seen, trust)
        trust = trust * _explained(self.small, light.apply(self.seen, _size(self.seen)), trust)
        return replace(self, light=light, trust=trust)


def register(original: Tensor, edited: Tensor, work_side: int = WORK_SIDE) -> Registration:
    """Bring an edited picture of any size onto its original.

    Both are fitted on what did not change. Where the two pictures share too little to be sure, T is only
    resized, and the report says so.

    Args:
        original: I, [1,3,H,W] in [-1,1].
        edited: T, [1,3,H',W'] in [-1,1].
        work_side: longer side at which is estimated.

    Raises:
        ShapeError: if either is not one RGB picture of at least 8 pixels a side.
        ImageError: if either holds values that are not finite.
    """
    check_picture(original, "original")
    check_picture(edited, "edited picture")
    size, edited_size = _size(original), _size(edited)
    scale = min(1.0, work_side / max(size))
    work = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
    small = resize(original, work) / 2 + 0.5
    plain = Placement(resizing(size, edited_size), None, size, edited_size)
    exact = same_pixels(original, edited) > _EXACT
    placement, report = (plain, Report()) if exact else _locate(small, edited, plain)
    seen = placement.bring(edited, work) / 2 + 0.5
    covered = dilate(placement.coverage(work, original.device), -2)
    covered = torch.where(
        placement.coverage(work, original.device).bool().all(), torch.ones_like(covered), covered
    )
    trust = _trust(small, seen, covered)
    light = Light() if exact else fit_light(small, seen, trust)
    trust = trust * _explained(small, light.apply(seen, work), trust)
    return Registration(original, edited, placement, light, small, seen, covered, trust, exact, report)


def same_pixels(original: Tensor, edited: Tensor) -> float:
    """Share of I's textured pixels that T has to the bit; flat black or white says nothing."""
    if original.shape != edited.shape:
        return 0.0
    differs = (original[..., 1:] - original[..., :-1]).abs().amax(1) > 1.5 / 127.5
    if int(differs.sum()) < 64:
        return float((original == edited).all())
    return float((original == edited).all(1)[..., 1:][differs].float().mean())


def pasted_box(original: Tensor, edited: Tensor) -> Box | None:
    """The rectangle that an editor drew anew and pasted back; None where T differs nowhere or elsewhere, too.

    Inside it T drifts like any edited picture; outside it is the original to the bit.
    """
    if original.shape != edited.shape:
        return None
    differs = (original != edited).any(1, keepdim=True).float()
    differs = dilate(dilate(differs, _CLOSED), -_CLOSED)[0, 0] > 0
    rows, columns = differs.any(1).nonzero().flatten(), differs.any(0).nonzero().flatten()
    if not len(rows):
        return None
    top, left = int(rows[0]), int(columns[0])
    box = Box(top, left, int(rows[-1]) + 1 - top, int(columns[-1]) + 1 - left)
    share = box.height * box.width / differs.numel()
    filled = float(box.crop(differs[None, None].float()).mean())
    return box if filled > _FILLED and _LEAST < share < _MOST else None


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


def _locate(small: Tensor, edited: Tensor, plain: Placement) -> tuple[Placement, Report]:
    grey, edited_grey = luminance(small), luminance(_bounded(edited, _size(small))) / 2 + 0.5
    start = find_start(grey, edited_grey)
    matrix, found, plain_score = _refine(grey, edited_grey, start)
    in_small = resizing(plain.size, _size(grey))
    from_bounded = resizing(_size(edited_grey), plain.edited_size)
    full = from_bounded @ matrix @ in_small
    still = corners_apart(full, plain.matrix, plain.size) < _UNMOVED * max(plain.size) / max(_size(grey))
    gains = found >= plain_score + (_WORTH if still else 0) and (
        found > _DOUBT or found > _CLEARLY * plain_score
    )
    if not gains:
        full, found = plain.matrix, plain_score
    if found < _UNSURE:
        return plain, _refused(found)
    placement = replace(plain, matrix=full)
    bend, found = _bend(grey, edited, placement, found)
    return replace(placement, bend=bend), _report(placement, start, found)


def _bounded(edited: Tensor, size: tuple[int, int]) -> Tensor:
    """T, no more than twice as large as the picture it is compared with."""
    height, width = _size(edited)
    scale = min(1.0, 2 * max(size) / max(height, width))
    return resize(edited, (max(1, round(height * scale)), max(1, round(width * scale))))


def _refine(grey: Tensor, edited_grey: Tensor, start: Start) -> tuple[Tensor, float, float]:
    """The map from I's to T's pixels, its score, and the score of plain resizing."""
    upright = start.way.upright(edited_grey)
    matrix, longer = start.matrix, max(_size(grey))
    for side in [side for side in (256,) if side < longer] + [longer]:
        first, second, to_small, to_upright = scaled_pair(grey, upright, start.way, side)
        local = torch.linalg.inv(to_upright) @ matrix @ torch.linalg.inv(to_small)
        local = fit_affine(first, second, local, 6, similar=False)
        matrix = to_upright @ local @ to_small
    back = start.way.to_edited(_size(edited_grey))
    plain = torch.linalg.inv(back) @ resizing(_size(grey), _size(edited_grey))
    plain_local = torch.linalg.inv(to_upright) @ plain @ torch.linalg.inv(to_small)
    return back @ matrix, map_score(first, second, local), map_score(first, second, plain_local)


def _bend(grey: Tensor, edited: Tensor, placement: Placement, found: float) -> tuple[Tensor | None, float]:
    source, seen = structure(grey), _structure_of(placement, edited, _size(grey))
    covered = dilate(placement.coverage(_size(grey), grey.device), -2)
    bend = residual_warp(source, seen, covered)
    if bend is None:
        return None, found
    bent = _structure_of(replace(placement, bend=bend), edited, _size(grey))
    return bend, score(correlation(source.feature, bent.feature), source.contrast, covered)


def _structure_of(placement: Placement, edited: Tensor, size: tuple[int, int]) -> Structure:
    return structure(luminance(placement.bring(edited, size)) / 2 + 0.5)


def _trust(small: Tensor, seen: Tensor, covered: Tensor) -> Tensor:
    """Unchanged as far as structure tells: textured places by their correlation, flat ones a little."""
    first, second = structure(luminance(small)), structure(luminance(seen))
    agreeing = ((correlation(first.feature, second.feature) - 0.3) / 0.5).clamp(0, 1)
    flat = (0.02 / (torch.maximum(first.contrast, second.contrast) + 0.02)).square()
    return (flat * 0.35 + (1 - flat) * agreeing) * covered


def _explained(small: Tensor, matched: Tensor, trust: Tensor) -> Tensor:
    """How far light explains each pixel: a recoloured coat keeps its structure, but not its colour."""
    error = gaussian(small - matched, 2.5).abs().amax(1, keepdim=True)
    usual = max(_USUAL, _UNUSUAL * quantile(error[trust > 0.5]))
    return 1 / (1 + (error / usual).square()).square()


def _report(placement: Placement, start: Start, found: float) -> Report:
    height, width = placement.size
    (a, b, c), (d, e, f) = (resizing(placement.edited_size, placement.size) @ placement.matrix)[:2].tolist()
    x, y = (width - 1) / 2, (height - 1) / 2
    shift = (a * x + b * y + c - x, d * x + e * y + f - y)
    turned = math.degrees(math.atan2(d, a)) if not start.way.mirrored else math.degrees(math.atan2(-d, -a))
    confidence = min(1.0, max(0.0, (found - _UNSURE) / (_CONFIDENT - _UNSURE)))
    return Report(shift, math.sqrt(abs(a * e - b * d)), turned, 0.0, confidence, _notes(start, found))


def _notes(start: Start, found: float) -> tuple[str, ...]:
    notes = []
    if start.way.mirrored:
        notes.append("The edited picture is mirrored; it was mirrored back.")
    if start.way.turns:
        notes.append(
            f"The edited picture is rotated by {start.way.turns * 90}° clockwise; it was rotated back."
        )
    return tuple(notes)


def _refused(found: float) -> Report:
    return Report(
        confidence=0.0,
        notes=("The edited picture was not registered: it shares too little with the original to be sure.",),
    )


def _size(picture: Tensor) -> tuple[int, int]:
    return picture.shape[-2], picture.shape[-1]
