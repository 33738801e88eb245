"""Keep: anybody's edit, put back faithfully. The figure for a given T, as code.

(I, T) ──register──▶ T on I          in place, colour and light; fitted on what did not change
(I, T) ──find_changes──▶ mask M      what changed beyond what drifted
(I, T, M) ──put_back──▶ result       the edit inside M, the original to the bit outside
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, get_args

import torch
from torch import Tensor

from .composition.kept import finish, full_size, matte, put_back
from .diffcam.changes import find_changes
from .diffcam.shape import shape_mask
from .errors import ShapeError
from .images import Box
from .registration import Registration, Report, pasted_box, register
from .registration.light import Light
from .registration.placement import resized

Progress = Callable[[int, int, str], None]
"""Called as (done, total, what comes next)."""
MaskIs = Literal["limit", "replace", "add", "subtract"]

_STAGES = ("Register", "Changes", "Composite")
_MOST, _WHOLE = 0.45, 0.9  # changed shares that are worth a word, and that leave nothing to keep
_UNCOVERED = 0.002  # share of the original that may be out of T's reach without a word
_DOUBTFUL = 0.3  # confidence below which the user is asked to look
_LEAST_SIDE = 48  # pixels of a pasted rectangle worth registering by itself


@dataclass(frozen=True, eq=False)
class KeepResult:
    """Every stage's picture, at the original's size.

    Attributes:
        result: the original with only the edit in it, [B,3,H,W] in [-1,1]; its own bits where ``mask`` is 0.
        mask: how much of the edit each pixel takes, [B,1,H,W] in [0,1].
        registered: T in the original's place and light, [B,3,H,W].
        coverage: where T reaches, [B,1,H,W].
        reports: one per picture.
        registrations: one per picture, for what else may be asked of them, like the dense map.
    """

    result: Tensor
    mask: Tensor
    registered: Tensor
    coverage: Tensor
    reports: tuple[Report, ...]
    registrations: tuple[Registration, ...]

    @property
    def registration(self) -> Registration:
        """The first picture's registration."""
        return self.registrations[0]

    @property
    def report(self) -> Report:
        """The first picture's report."""
        return self.reports[0]


@dataclass(frozen=True, eq=False)
class _Wish:
    """What the user wants of the mask; see `keep`."""

    mask: Tensor | None
    mask_is: MaskIs
    reference: Tensor | None
    grow: int
    feather: float
    threshold: float | None

    def of(self, choose: Callable[[Tensor], Tensor]) -> _Wish:
        """For one picture of a batch, or one part of a picture."""
        mask, reference = (None if t is None else choose(t) for t in (self.mask, self.reference))
        return replace(self, mask=mask, reference=reference)

    def applied(self, found: Tensor) -> Tensor:
        """The mask that was found, shaped and combined with the user's own."""
        if self.mask is not None and self.mask_is == "replace":
            return shape_mask(self.mask, self.threshold, self.grow, self.feather)
        found = shape_mask(found, self.threshold, self.grow, self.feather)
        if self.mask is None:
            return found
        if self.mask_is == "limit":
            return found * self.mask
        return torch.maximum(found, self.mask) if self.mask_is == "add" else found * (1 - self.mask)


@torch.no_grad()
def keep(
    original: Tensor,
    edited: Tensor,
    mask: Tensor | None = None,
    mask_is: MaskIs = "limit",
    reference: Tensor | None = None,
    grow: int = 0,
    feather: float = 0.0,
    threshold: float | None = None,
    progress: Progress | None = None,
) -> KeepResult:
    """Put somebody else's edit back into the original and keep every other pixel.

    Args:
        original: I, [B,3,H,W] in [-1,1]; one may serve many edits.
        edited: T, what any editor made of it, [B,3,H',W'] of any size.
        mask: the user's own, [B,1,H,W] or one for all, in [0,1].
        mask_is: "limit" takes changes only inside it, "replace" takes it as it is, "add" takes it and the
            changes, "subtract" takes changes only outside it.
        reference: the editor's no-op pass of the original, or what its autoencoder makes of it: what T shares
            with it is drift.
        grow, feather, threshold: see `shape_mask`.
        progress: told before each stage.

    Raises:
        ShapeError: if the pictures, batches or masks do not fit together, or ``mask_is`` is unknown.
        ImageError: if a picture holds values that are not finite.
    """
    count = _check(original, edited, mask, mask_is, reference)
    wish = _Wish(mask, mask_is, reference, grow, feather, threshold)
    kept = []
    for index in range(count):

        def tell(stage: int, index: int = index) -> None:
            note = _STAGES[stage] + ("" if count == 1 else f", picture {index + 1} of {count}")
            if progress is not None:
                progress(index * len(_STAGES) + stage, count * len(_STAGES), note)

        def choose(batch: Tensor, index: int = index) -> Tensor:
            return batch[min(index, len(batch) - 1)][None].float()

        kept.append(_keep_one(choose(original), choose(edited), wish.of(choose), tell))
    return kept[0] if count == 1 else _together(kept)


def _keep_one(original: Tensor, edited: Tensor, wish: _Wish, tell: Callable[[int], None]) -> KeepResult:
    """Where a rectangle was pasted, only that is looked at: elsewhere T is the original itself."""
    box = pasted_box(original, edited)
    same_size = wish.reference is None or wish.reference.shape == original.shape
    if box is None or min(box.height, box.width) < _LEAST_SIDE or not same_size or wish.mask is not None:
        return _keep_whole(original, edited, wish, tell)
    inner = _keep_whole(box.crop(original), box.crop(edited), wish.of(box.crop), tell)
    return _in_place(original, edited, inner, box)


def _keep_whole(original: Tensor, edited: Tensor, wish: _Wish, tell: Callable[[int], None]) -> KeepResult:
    tell(0)
    registration = register(original, edited)
    reference = None if wish.reference is None else register(original, wish.reference)
    tell(1)
    changes = find_changes(registration, reference)
    registration = changes.registration
    small = matte(changes.mask, registration.reached)
    found = full_size(small, (original.shape[-2], original.shape[-1]))
    coverage = registration.coverage
    mask = wish.applied(found) * torch.maximum(coverage, found)
    tell(2)
    result = put_back(registration, mask, finish(registration, small, changes.evidence.softness))
    report = _described(registration, mask, coverage)
    return KeepResult(result, mask, registration.registered, coverage, (report,), (registration,))


def _in_place(original: Tensor, edited: Tensor, inner: KeepResult, box: Box) -> KeepResult:
    """The result of a rectangle, as that of the whole picture."""
    mask = torch.zeros_like(original[:, :1])
    place = resized(original, edited)  # the rectangle's own small drift is no map of the whole picture
    outer = replace(inner.registration, original=original, edited=edited, placement=place, light=Light())
    whole = KeepResult(original.clone(), mask, edited.clone(), torch.ones_like(mask), inner.reports, (outer,))
    for name in ("result", "mask", "registered", "coverage"):
        box.crop(getattr(whole, name)).copy_(getattr(inner, name))
    share = box.height * box.width / mask.numel()
    return replace(whole, reports=(replace(inner.report, changed=inner.report.changed * share),))


def _together(kept: list[KeepResult]) -> KeepResult:
    return KeepResult(
        torch.cat([one.result for one in kept]),
        torch.cat([one.mask for one in kept]),
        torch.cat([one.registered for one in kept]),
        torch.cat([one.coverage for one in kept]),
        tuple(one.report for one in kept),
        tuple(one.registration for one in kept),
    )


def _described(registration: Registration, mask: Tensor, coverage: Tensor) -> Report:
    report = registration.report
    changed, uncovered = float(mask.mean()), 1 - float(coverage.mean())
    notes = list(report.notes)
    if changed > _WHOLE and not registration.whole:
        notes.append(
            f"The mask covers {changed:.0%} of the picture, so hardly anything of the original is kept; "
            "are original and edited swapped, or of different scenes?"
        )
    elif changed > _MOST and not registration.whole:
        notes.append(f"The edit changes {changed:.0%} of the picture; the rest is kept.")
    elif not bool((mask > 0).any()):
        notes.append("No edit was found beyond drift; the result is the original.")
    if uncovered > _UNCOVERED:
        notes.append(
            f"The edited picture does not reach {uncovered:.1%} of the original, which stays as it is there."
        )
    if 0 < report.confidence < _DOUBTFUL:
        notes.append("The registration is uncertain; compare the result with the original.")
    return replace(report, changed=changed, notes=tuple(notes))


def _check(
    original: Tensor, edited: Tensor, mask: Tensor | None, mask_is: str, reference: Tensor | None
) -> int:
    """How many pictures there are."""
    if mask_is not in get_args(MaskIs):
        raise ShapeError(f"mask_is must be one of {', '.join(get_args(MaskIs))}, not {mask_is!r}.")
    count = max(len(original), len(edited))
    for name, batch in (("original", original), ("edited", edited), ("mask", mask), ("reference", reference)):
        channels = 1 if name == "mask" else 3
        if batch is None:
            continue
        if batch.ndim != 4 or batch.shape[1] != channels:
            raise ShapeError(f"{name} must be [B, {channels}, H, W], not {list(batch.shape)}.")
        if len(batch) not in (1, count):
            raise ShapeError(f"There are {count} pictures but {len(batch)} of {name}; give one, or {count}.")
    if mask is not None and mask.shape[-2:] != original.shape[-2:]:
        sizes = [f"{each.shape[-1]}×{each.shape[-2]}" for each in (mask, original)]
        raise ShapeError(f"The mask is {sizes[0]}, the original {sizes[1]}; make them the same size.")
    return count
