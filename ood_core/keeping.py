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
from .diffcam.changes import Changes, find_changes
from .diffcam.shape import shape_mask
from .errors import ShapeError
from .registration import Registration, Report, pasted_box, register

Progress = Callable[[int, int, str], None]
MaskIs = Literal["limit", "replace", "add", "subtract"]

_STAGES = ("Register", "Changes", "Composite")
_MOST, _WHOLE = 0.45, 0.9  # changed shares that are worth a word, and that leave nothing to keep
_UNCOVERED = 0.002
_LEAST_SIDE = 48  # pixels of a pasted rectangle worth registering by itself
_DOUBTFUL = 0.3  # confidence below which the user is asked to look


@dataclass(frozen=True, eq=False)
class KeepResult:
    """Every stage's picture, at the original's size.

    Attributes:
        result: the original with only the edit in it, [B,3,H,W] in [-1,1]; its own bits where ``mask`` is 0.
        mask: how much of the edit each pixel takes, [B,1,H,W] in [0,1].
        registered: T in the original's place and light, [B,3,H,W].
        coverage: where T reaches, [B,1,H,W].
        reports: one per picture.
    """

    result: Tensor
    mask: Tensor
    registered: Tensor
    coverage: Tensor
    reports: tuple[Report, ...]

    @property
    def report(self) -> Report:
        """The first picture's report."""
        return self.reports[0]


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
        original: I, [B,3,H,W] in [-1,1]; one of them may serve many edits.
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
    parts = []
    for i in range(count):
        report = None if progress is None else _Steps(progress, i, count)
        own = None if mask is None else _one(mask, i)
        given = None if reference is None else _one(reference, i)
        shape = (grow, feather, threshold)
        parts.append(_keep_one(_one(original, i), _one(edited, i), own, mask_is, given, shape, report))
    pictures = [
        torch.cat(each) if count > 1 else each[0] for each in zip(*(p[:4] for p in parts), strict=True)
    ]
    return KeepResult(*pictures, reports=tuple(p[4] for p in parts))


@dataclass(frozen=True)
class _Steps:
    """Progress of one picture out of several."""

    told: Progress
    index: int
    count: int

    def __call__(self, stage: int) -> None:
        note = (
            _STAGES[stage]
            if self.count == 1
            else f"{_STAGES[stage]}, picture {self.index + 1} of {self.count}"
        )
        self.told(self.index * len(_STAGES) + stage, self.count * len(_STAGES), note)


def _keep_one(
    original: Tensor,
    edited: Tensor,
    own: Tensor | None,
    mask_is: MaskIs,
    reference: Tensor | None,
    shape: tuple[int, float, float | None],
    progress: Callable[[int], None] | None,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Report]:
    """Only the rectangle that was pasted, where there is one: elsewhere the editor kept the original itself."""
    box = pasted_box(original, edited)
    if box is None or min(box.height, box.width) < _LEAST_SIDE:
        return _keep_whole(original, edited, own, mask_is, reference, shape, progress)
    parts = [None if each is None else box.crop(each) for each in (own, reference)]
    inner = _keep_whole(box.crop(original), box.crop(edited), parts[0], mask_is, parts[1], shape, progress)
    outer = (
        original.clone(),
        torch.zeros_like(original[:, :1]),
        edited.clone(),
        torch.ones_like(original[:, :1]),
    )
    for whole, part in zip(outer, inner, strict=False):
        box.crop(whole).copy_(part)
    share = box.height * box.width / (original.shape[-2] * original.shape[-1])
    return *outer, replace(inner[4], changed=inner[4].changed * share)


def _keep_whole(
    original: Tensor,
    edited: Tensor,
    own: Tensor | None,
    mask_is: MaskIs,
    reference: Tensor | None,
    shape: tuple[int, float, float | None],
    progress: Callable[[int], None] | None,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Report]:
    tell = progress or (lambda stage: None)
    tell(0)
    registration = register(original, edited)
    before = None if reference is None else register(original, reference)
    tell(1)
    changes = find_changes(registration, before)
    registration = changes.registration
    small = matte(changes.mask, registration.reached)
    found = full_size(small, (original.shape[-2], original.shape[-1]))
    mask = _shaped(found, own, mask_is, shape) * torch.maximum(registration.coverage, found)
    tell(2)
    fitting = finish(registration, small, changes.evidence.softness)
    result = put_back(registration, mask, fitting)
    report = _described(registration, changes, mask)
    return result, mask, registration.registered, registration.coverage, report


def _shaped(
    found: Tensor, own: Tensor | None, mask_is: MaskIs, shape: tuple[int, float, float | None]
) -> Tensor:
    grow, feather, threshold = shape
    if own is not None and mask_is == "replace":
        return shape_mask(own, threshold, grow, feather)
    found = shape_mask(found, threshold, grow, feather)
    if own is None:
        return found
    if mask_is == "limit":
        return found * own
    return torch.maximum(found, own) if mask_is == "add" else found * (1 - own)


def _described(registration: Registration, changes: Changes, mask: Tensor) -> Report:
    report = registration.report
    changed, uncovered = float(mask.mean()), 1 - float(registration.coverage.mean())
    notes = list(report.notes)
    if changed > _WHOLE:
        notes.append(
            f"The edit changes the whole picture (the mask covers {changed:.0%}), so hardly anything of the "
            "original is kept; are original and edited swapped, or of different scenes?"
        )
    elif changed > _MOST:
        notes.append(f"The edit changes {changed:.0%} of the picture.")
    elif not bool((mask > 0).any()):
        notes.append("No edit was found beyond drift; the result is the original.")
    if uncovered > _UNCOVERED:
        notes.append(f"The edited picture does not reach {uncovered:.1%} of the original; that part stays.")
    if 0 < report.confidence < _DOUBTFUL:
        notes.append("The registration is uncertain; compare the result with the original.")
    return replace(report, changed=changed, notes=tuple(notes))


def _check(
    original: Tensor, edited: Tensor, mask: Tensor | None, mask_is: str, reference: Tensor | None
) -> int:
    """How many pictures there are."""
    if mask_is not in get_args(MaskIs):
        raise ShapeError(f"mask_is must be one of {', '.join(get_args(MaskIs))}, not {mask_is!r}.")
    count = max(original.shape[0], edited.shape[0])
    given = {"original": original, "edited": edited, "mask": mask, "reference": reference}
    for name, tensor in given.items():
        if tensor is None:
            continue
        channels = 1 if name == "mask" else 3
        if tensor.ndim != 4 or tensor.shape[1] != channels:
            raise ShapeError(f"{name} must be [B, {channels}, H, W], not {list(tensor.shape)}.")
        if tensor.shape[0] not in (1, count):
            raise ShapeError(
                f"There are {count} pictures but {tensor.shape[0]} of {name}; give one, or one each."
            )
    if mask is not None and mask.shape[-2:] != original.shape[-2:]:
        raise ShapeError(
            f"The mask is {mask.shape[-1]}×{mask.shape[-2]}, the original "
            f"{original.shape[-1]}×{original.shape[-2]}; make them the same size."
        )
    return count


def _one(batch: Tensor, index: int) -> Tensor:
    return batch[min(index, len(batch) - 1)][None].float()
