"""An edit in the making: what each stage adds to it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import torch
from torch import Tensor

from .alignment import Crop
from .bundle.pictures import of_another_kind
from .diffcam import Changes, DiffCam, MaskIs, MaskShape, why_held_back
from .errors import ShapeError
from .images import Box
from .likeness import KNOWN, strangeness
from .modes import GIVEN_COMPOSITE, Mode, is_square
from .registration import Registration, Report
from .registration.light import Light
from .registration.placement import resized
from .sources import Pair


@dataclass(frozen=True, eq=False)
class Masked:
    """After DiffCAM.

    Attributes:
        pair: crops, I, I' and T, N of each.
        mode: the method.
        found: what the mask was made of.
        mask: M of each crop, [N, 1, h, w] in [0, 1].
        scores: attribute → probability [N] that the classifier gives to that attribute having changed.
        held_back: share of the edit that was left out because the crop shows there what I' does not, [N].
        shape: what was done to the mask once it was found.
        mask_is: what a mask of the user's own means, where there is one.
    """

    pair: Pair
    mode: Mode
    found: DiffCam
    mask: Tensor
    scores: Mapping[str, Tensor]
    held_back: Tensor
    shape: MaskShape
    mask_is: MaskIs = field(default="replace", kw_only=True)

    @property
    def original(self) -> Tensor:
        """I, the crops, [N, 3, h, w] in [-1, 1]."""
        return self.pair.original

    @property
    def reconstruction(self) -> Tensor:
        """I', [N, 3, h, w], not clamped."""
        return self.pair.before

    @property
    def edited(self) -> Tensor:
        """T, what the editor alone makes of the crops, [N, 3, h, w], not clamped."""
        return self.pair.after


_MOST, _WHOLE = 0.45, 0.9  # changed shares that are worth a word, and that leave nothing to keep
_UNCOVERED = 0.002  # share of the original that may be out of T's reach without a word
_DOUBTFUL = 0.3  # confidence below which the user is asked to look

M = TypeVar("M", bound=Masked)
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Composed(Masked):
    """After Composite: ``coarse`` is F, [N, 3, h, w]."""

    coarse: Tensor


def parts(made: Masked, stage: type[Masked]) -> dict[str, Any]:
    """What an edit has once a stage is done, without what later stages added: any stage may be done again."""
    return {part.name: getattr(made, part.name) for part in dataclasses.fields(stage)}


@dataclass(frozen=True, eq=False)
class Deghosted(Composed):
    """After Deghost: ``cleaned`` are the edited crops, [N, 3, h', w'], at the size its network draws."""

    cleaned: Tensor


@dataclass(frozen=True, eq=False)
class Edit(Deghosted):
    """After Paste.

    Attributes:
        results: each picture with its edits, [1, 3, H, W]; a faithful edit keeps the picture's own bits where
            ``changes`` is 0.
        changes: where each result may differ from its picture, [1, 1, H, W] in [0, 1].
        notes: of each crop, what somebody should know: what was held back and why, strengths out of range.
    """

    results: tuple[Tensor, ...]
    changes: tuple[Tensor, ...]
    notes: tuple[tuple[str, ...], ...]

    @property
    def result(self) -> Tensor:
        """The results as one batch, [P, 3, H, W].

        Raises:
            ShapeError: if the pictures have several sizes.
        """
        return _batch(self.results)

    @property
    def change(self) -> Tensor:
        """The changes as one batch, [P, 1, H, W]; errors as `result`."""
        return _batch(self.changes)

    def notes_on(self, number: int) -> list[str]:
        """What is to be said of the picture of a number; see `said_of`."""
        return said_of(self.pair.crops, self.notes, number)


def completed(done: Edit, pictures: Tensor) -> Edit:
    """An edit of some of a batch's pictures as one of all: those without a face are as they were.

    Args:
        done: whose crops bear the pictures' numbers.
        pictures: [P, 3, H, W] in [-1, 1].
    """
    numbers = sorted({crop.number for crop in done.pair.crops})
    if len(numbers) >= len(pictures):
        return done
    results = dict(zip(numbers, done.results, strict=True))
    changes = dict(zip(numbers, done.changes, strict=True))
    like, nothing = done.results[0], torch.zeros_like(done.changes[0])
    every = range(len(pictures))
    return replace(
        done,
        results=tuple(results.get(n, pictures[n : n + 1].to(like)) for n in every),
        changes=tuple(changes.get(n, nothing) for n in every),
    )


def said_of(crops: Sequence[Crop], notes: Sequence[Sequence[str]], number: int) -> list[str]:
    """What is to be said of one picture: what holds for all crops once, the rest by face."""
    own = [texts for crop, texts in zip(crops, notes, strict=True) if crop.number == number]
    if not own:
        return ["no face was found, so the picture is as it was"]
    if len(own) == 1:
        return list(own[0])
    common = [text for text in dict.fromkeys(own[0]) if all(text in texts for texts in own)]
    named = [
        f"face {face} from the left: {text}"
        for face, texts in enumerate(own, 1)
        for text in texts
        if text not in common
    ]
    return [*common, *named]


def notes_of(edited: Masked) -> tuple[tuple[str, ...], ...]:
    """What somebody should know of each crop's edit."""
    pair = edited.pair
    if edited.found.changes is not None:
        return (kept_report(edited).notes,)
    name = "" if pair.bundle is None else pair.bundle.name
    common = list(pair.notes)
    if edited.mode is GIVEN_COMPOSITE and pair.bundle is not None and not is_square(edited.mask):
        height, width = edited.mask.shape[-2:]
        common.append(
            f"the deghosting network draws squares and this crop is {width}×{height}, so the composite stands"
        )
    strange = torch.zeros(len(pair.crops))
    if pair.bundle is not None:
        strange = strangeness(pair.original, pair.before, pair.bundle.foreign[0])
    notes = []
    wanted = (pair.after - pair.before).flatten(1).abs().amax(dim=1) > 0
    for share, mask, asked, odd in zip(edited.held_back, edited.mask, wanted, strange, strict=True):
        own = [why_held_back(float(share), name)]
        if pair.bundle is not None and bool(odd > KNOWN) and not own[0]:
            own = [of_another_kind(pair.bundle)]
        if bool(asked) and not bool(mask.any()) and not own[0]:
            own.append("nothing was changed: the edit is too weak to be seen, or outside of the mask")
        notes.append((*common, *filter(None, own)))
    return tuple(notes)


@dataclass(frozen=True, eq=False)
class KeepResult:
    """Edits made elsewhere, put back; every picture at its original's size.

    Attributes:
        edits: one per picture.
    """

    edits: tuple[Edit, ...]

    @property
    def result(self) -> Tensor:
        """The originals with only the edits in them, [B,3,H,W] in [-1,1]; their bits where `mask` is 0."""
        return torch.cat([edit.result for edit in self.edits])

    @property
    def mask(self) -> Tensor:
        """How much of the edit each pixel takes, [B,1,H,W] in [0,1]."""
        return torch.cat([edit.change for edit in self.edits])

    @property
    def registered(self) -> Tensor:
        """T in the originals' place and light, [B,3,H,W], made anew at every call."""
        return torch.cat([_in_place(edit, changes_of(edit).registration.registered) for edit in self.edits])

    @property
    def coverage(self) -> Tensor:
        """Where T reaches, [B,1,H,W]."""
        return torch.cat([_covered(edit) for edit in self.edits])

    @property
    def reports(self) -> tuple[Report, ...]:
        """One per picture."""
        return tuple(kept_report(edit) for edit in self.edits)

    @property
    def report(self) -> Report:
        """The first picture's report."""
        return self.reports[0]

    @property
    def registration(self) -> Registration:
        """The first picture's registration; where a rectangle was pasted, that of the picture around it."""
        edit, registration = self.edits[0], changes_of(self.edits[0]).registration
        picture = edit.pair.crops[0].picture
        if registration.original.shape == picture.shape:
            return registration
        edited = _in_place(edit, registration.edited)
        place = resized(picture, edited)  # the rectangle's own small drift is no map of the whole picture
        return replace(registration, original=picture, edited=edited, placement=place, light=Light())


def changes_of(edited: Masked) -> Changes:
    """What was found of an edit that was made elsewhere."""
    assert edited.found.changes is not None
    return edited.found.changes


def kept_report(edited: Masked) -> Report:
    """The report of an edit that was made elsewhere: its registration's, and what became of it."""
    registration = changes_of(edited).registration
    height, width = edited.pair.crops[0].picture_size
    part = edited.mask[0, 0].numel() / (height * width)
    share = part * float(edited.mask.mean())
    uncovered = part * (1 - float(registration.coverage.mean()))
    found = _kept_notes(share, uncovered, registration)
    notes = [*registration.report.notes, *found]
    return replace(registration.report, changed=share, notes=tuple(notes))


def _kept_notes(share: float, uncovered: float, registration: Registration) -> Iterator[str]:
    if share > _WHOLE and not registration.whole:
        yield (
            f"The mask covers {share:.0%} of the picture, so hardly anything of the original is kept; "
            "are original and edited swapped, or of different scenes?"
        )
    elif share > _MOST and not registration.whole:
        yield f"The edit changes {share:.0%} of the picture; the rest is kept."
    elif not share:
        yield "No edit was found beyond drift; the result is the original."
    if uncovered > _UNCOVERED:
        yield f"The edited picture does not reach {uncovered:.1%} of the original, which stays there."
    if 0 < registration.report.confidence < _DOUBTFUL:
        yield "The registration is uncertain; compare the result with the original."


def _in_place(edit: Edit, part: Tensor) -> Tensor:
    """A part of a picture in its place; elsewhere T is the original itself."""
    crop = edit.pair.crops[0]
    if not isinstance(crop.place, Box) or crop.size == crop.picture_size:
        return part
    whole = crop.picture.clone()
    crop.place.crop(whole).copy_(part)
    return whole


def _covered(edit: Edit) -> Tensor:
    crop, coverage = edit.pair.crops[0], changes_of(edit).registration.coverage
    if not isinstance(crop.place, Box) or crop.size == crop.picture_size:
        return coverage
    whole = torch.ones_like(crop.picture[:, :1])
    crop.place.crop(whole).copy_(coverage)
    return whole


def joined(parts: Sequence[M]) -> M:
    """Batches one after the other as one."""
    joint: M = parts[0] if len(parts) == 1 else _combine(parts)
    return joint


def samples(edited: T, which: Sequence[int]) -> T:
    """Some samples of a batch; those that lie side by side are views, for a photograph is large."""
    if isinstance(edited, Tensor):
        return _picked(edited, which)  # type: ignore[return-value]
    fields = {one.name: getattr(edited, one.name) for one in dataclasses.fields(edited)}  # type: ignore[arg-type]
    chosen = {name: _chosen(name, value, which) for name, value in fields.items()}
    return dataclasses.replace(edited, **chosen)  # type: ignore[type-var]


def _chosen(name: str, value: Any, which: Sequence[int]) -> Any:
    if isinstance(value, Tensor):
        return _picked(value, which)
    if name == "crops":
        return tuple(value[index] for index in which)
    if name == "pair":
        return samples(value, which)
    return {key: _picked(tensor, which) for key, tensor in value.items()} if name == "scores" else value


def _picked(tensor: Tensor, which: Sequence[int]) -> Tensor:
    side_by_side = list(which) == list(range(which[0], which[-1] + 1))
    return tensor[which[0] : which[-1] + 1] if side_by_side else tensor[list(which)]


def _combine(parts: Sequence[Any]) -> Any:
    """Dataclasses of one kind: tensors, crops and scores in a row, everything else the first one's."""
    fields: dict[str, Any] = {}
    for name in (one.name for one in dataclasses.fields(parts[0])):
        values = [getattr(part, name) for part in parts]
        if isinstance(values[0], Tensor):
            fields[name] = torch.cat(values)
        elif name == "crops":
            fields[name] = tuple(crop for value in values for crop in value)
        elif name == "pair":
            fields[name] = _combine(values)
        elif name == "scores":
            fields[name] = {key: torch.cat([value[key] for value in values]) for key in values[0]}
        else:
            fields[name] = values[0]
    return type(parts[0])(**fields)


def _batch(pictures: Sequence[Tensor]) -> Tensor:
    sizes = sorted({(picture.shape[-1], picture.shape[-2]) for picture in pictures})
    if len(sizes) > 1:
        text = ", ".join(f"{width}×{height}" for width, height in sizes)
        raise ShapeError(f"These pictures have several sizes ({text}); take .results and .changes.")
    return torch.cat(list(pictures))
