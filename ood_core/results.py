"""An edit in the making: what each stage adds to it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor

from .alignment import Crop
from .diffcam import KNOWN, MaskShape, strangeness, why_held_back
from .errors import ShapeError
from .modes import Mode, is_square
from .sources import Pair


@dataclass(frozen=True, eq=False)
class Masked:
    """After DiffCAM.

    Attributes:
        pair: crops, I, I' and T, N of each.
        mode: the method.
        mask: M of each crop, [N, 1, h, w] in [0, 1].
        scores: attribute → probability [N] that the classifier gives to that attribute having changed.
        held_back: share of the edit that was left out because the crop shows there what I' does not, [N].
        shape: what was done to the mask once it was found.
    """

    pair: Pair
    mode: Mode
    mask: Tensor
    scores: Mapping[str, Tensor]
    held_back: Tensor
    shape: MaskShape

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


M = TypeVar("M", bound=Masked)
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Composed(Masked):
    """After Composite: ``coarse`` is F, [N, 3, h, w]."""

    coarse: Tensor


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


def said_of(crops: Sequence[Crop], notes: Sequence[Sequence[str]], number: int) -> list[str]:
    """What is to be said of one picture: what holds for all crops once, the rest by face."""
    own = [texts for crop, texts in zip(crops, notes, strict=True) if crop.number == number]
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
    name = "" if pair.bundle is None else pair.bundle.name
    common = list(pair.notes)
    if pair.bundle is not None and pair.bundle.deghoster is not None and not is_square(edited.mask):
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
        if bool(odd > KNOWN) and not own[0]:
            own = [f"this is no picture of the kind that '{name}' draws: expect little of the edit"]
        if bool(asked) and not bool(mask.any()) and not own[0]:
            own.append("nothing was changed: the edit is too weak to be seen, or outside of the mask")
        notes.append((*common, *filter(None, own)))
    return tuple(notes)


def joined(parts: Sequence[M]) -> M:
    """Batches one after the other as one."""
    joint: M = parts[0] if len(parts) == 1 else _combine(parts)
    return joint


def samples(edited: T, which: Sequence[int]) -> T:
    """Some samples of a batch."""
    if isinstance(edited, Tensor):
        return edited[list(which)]  # type: ignore[return-value]
    fields = {field.name: getattr(edited, field.name) for field in dataclasses.fields(edited)}  # type: ignore[arg-type]
    chosen = {name: _chosen(name, value, which) for name, value in fields.items()}
    return dataclasses.replace(edited, **chosen)  # type: ignore[type-var]


def _chosen(name: str, value: Any, which: Sequence[int]) -> Any:
    if isinstance(value, Tensor):
        return value[list(which)]
    if name == "crops":
        return tuple(value[index] for index in which)
    if name == "pair":
        return samples(value, which)
    return {key: tensor[list(which)] for key, tensor in value.items()} if name == "scores" else value


def _combine(parts: Sequence[Any]) -> Any:
    """Dataclasses of one kind: tensors, crops and scores in a row, everything else the first one's."""
    fields: dict[str, Any] = {}
    for field in dataclasses.fields(parts[0]):
        values = [getattr(part, field.name) for part in parts]
        if isinstance(values[0], Tensor):
            fields[field.name] = torch.cat(values)
        elif field.name == "crops":
            fields[field.name] = tuple(crop for value in values for crop in value)
        elif field.name == "pair":
            fields[field.name] = _combine(values)
        elif field.name == "scores":
            fields[field.name] = {key: torch.cat([value[key] for value in values]) for key in values[0]}
        else:
            fields[field.name] = values[0]
    return type(parts[0])(**fields)


def _batch(pictures: Sequence[Tensor]) -> Tensor:
    sizes = sorted({(picture.shape[-1], picture.shape[-2]) for picture in pictures})
    if len(sizes) > 1:
        text = ", ".join(f"{width}×{height}" for width, height in sizes)
        raise ShapeError(f"These pictures have several sizes ({text}); take .results and .changes.")
    return torch.cat(list(pictures))
