"""Where the pictures before and after an edit come from: the pair (I', T) of every crop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import torch
from torch import Tensor

from .alignment.crop import Crop, cut_all
from .bundle import Attribute, Bundle
from .diffcam import Changes
from .editing import checked_strengths, latent_edit, strength_notes
from .errors import ShapeError, StrengthError
from .images import Box
from .inversion import ByTuning, Inverter, Tuning, drawn, inverter_of, part_of
from .progress import Progress, Steps
from .registration import Placed, Registration, pasted_box, register

_STRANGE_REFERENCE = "The reference does not show the original; it was not used."
_LEAST_SIDE = 48  # pixels of a pasted rectangle worth registering by itself
_BATCH = 2**17  # pixels of crops worked on together, in every way of editing: more is no faster on CPUs


@dataclass(frozen=True, eq=False)
class Pair:
    """What an editor makes of some crops, before and after the edit.

    Attributes:
        crops: where the pictures were cut, N of them.
        original: I, the crops themselves, [N, 3, h, w] in [-1, 1].
        before: I', what the editor sees without the edit, same shape, not clamped.
        after: T, what it makes of the edit, same shape, not clamped.
        attributes: which were edited; none where nobody knows.
        bundle: whose networks know this editor; None where there are none.
        registration: of T on I, where T came from elsewhere.
        reference: of the editor's no-op pass on I, where there is one.
        changes: what is known of the edit already; None where it is still to be found.
        notes: what somebody should know of the edit.
    """

    crops: tuple[Crop, ...]
    original: Tensor
    before: Tensor
    after: Tensor
    attributes: tuple[Attribute, ...] = ()
    bundle: Bundle | None = None
    registration: Registration | None = None
    reference: Registration | None = None
    changes: Changes | None = None
    notes: tuple[str, ...] = ()


class Source(Protocol):
    """Anything that makes pairs."""

    def __len__(self) -> int:
        """How many pairs there will be."""

    def pairs(self, steps: Steps) -> Iterator[Pair]:
        """The pairs one after the other, in the order of their crops; beginning a step for each."""


@dataclass(frozen=True, eq=False)
class Inverted:
    """Crops and their latents: the expensive step, to be edited any number of times.

    Attributes:
        bundle: whose generator the latents belong to.
        crops: where the pictures were cut, N of them.
        original: I at the bundle's resolution R, [N, 3, R, R] in [-1, 1].
        latents: w, [N, L, D].
        reconstruction: I' = G(w), [N, 3, R, R], not clamped.
        tuning: how G was tuned to each of them; empty where it was not. Edits are drawn with it.
    """

    bundle: Bundle
    crops: tuple[Crop, ...]
    original: Tensor
    latents: Tensor
    reconstruction: Tensor
    tuning: Tuning = field(default_factory=dict)


@torch.no_grad()
def invert(
    crops: Sequence[Crop],
    bundle: Bundle,
    inverter: Inverter | None = None,
    progress: Progress | Steps | None = None,
) -> Inverted:
    """Find the latents of crops; see `Inverter`.

    Args:
        crops: at least one.
        bundle: networks; the result is on its device.
        inverter: None for the bundle's own.
        progress: told before each batch, and within it where an inverter reports itself.
    """
    inverter = inverter or inverter_of(bundle.encoder)
    parts, generator = batches(len(crops), bundle.resolution), bundle.generator
    steps = Steps.of(progress, len(parts))
    originals, latents, reconstructions, tunings = [], [], [], []
    for part in parts:
        steps.begin("Invert")
        originals.append(cut_for(bundle, crops[part]))
        latents.append(inverter(originals[-1], generator, steps.within))
        tunings.append(tuned(inverter, originals[-1], latents[-1], bundle, steps.within))
        reconstructions.append(drawn(generator, latents[-1], tunings[-1]))
    tuning = {name: torch.cat([own[name] for own in tunings]) for name in tunings[0]}
    original, codes, reconstruction = map(torch.cat, (originals, latents, reconstructions))
    return Inverted(bundle, tuple(crops), original, codes, reconstruction, tuning)


def taken_up(seen: Inverted, crops: Sequence[Crop], steps: Steps) -> Inverted:
    """An inversion made before, as that of these crops: the same but for their pictures' numbers."""
    for _ in batches(len(crops), seen.bundle.resolution):
        steps.begin("Invert")
    return replace(seen, crops=tuple(crops))


def together(parts: Sequence[Inverted]) -> Inverted:
    """Inversions by one bundle's encoder, at least one, as one of all their crops."""
    original, latents, reconstruction = (
        torch.cat([getattr(part, name) for part in parts])
        for name in ("original", "latents", "reconstruction")
    )
    crops = tuple(crop for part in parts for crop in part.crops)
    return Inverted(parts[0].bundle, crops, original, latents, reconstruction)


def tuned(
    inverter: Inverter, original: Tensor, latents: Tensor, bundle: Bundle, progress: Progress | None = None
) -> Tuning:
    """How an inverter tunes a bundle's generator to pictures [N, 3, R, R]; empty for those that do not."""
    if not isinstance(inverter, ByTuning):
        return {}
    return inverter.tune(original, latents, bundle.generator, progress)


def cut_for(bundle: Bundle, crops: Sequence[Crop]) -> Tensor:
    """Crops as a bundle's networks see them: at its resolution and on its device, [N, 3, R, R]."""
    size = (bundle.resolution, bundle.resolution)
    return cut_all(crops, size).to(bundle.generator.mapping.w_avg)


@dataclass(frozen=True, eq=False)
class Latents:
    """The paper's own source: T = G(w + Σ αᵢ·nᵢ).

    Attributes:
        inverted: crops and their latents.
        edits: attribute → signed strength; 1.0 is the bundle's default edit of that attribute.
        directions: name → the edit of strength 1, [L, D], for names that the bundle lacks.

    Raises:
        AttributeNameError: if neither bundle nor directions know one of the attributes.
        StrengthError: if a strength is not a finite number, or far out of range.
    """

    inverted: Inverted
    edits: Mapping[str, float]
    directions: Mapping[str, Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_edits(self.edits, self.inverted.bundle, self.directions)

    def __len__(self) -> int:
        return len(batches(len(self.inverted.crops), self.inverted.bundle.resolution))

    @torch.no_grad()
    def pairs(self, steps: Steps) -> Iterator[Pair]:
        """See `Source`."""
        inverted, bundle = self.inverted, self.inverted.bundle
        for part in batches(len(inverted.crops), bundle.resolution):
            steps.begin("LatentEdit")
            latents = move(inverted.latents[part], bundle, self.edits, self.directions)
            yield pair_of(inverted, part, latents, self.edits)


def check_edits(edits: Mapping[str, float], bundle: Bundle, directions: Mapping[str, Tensor]) -> None:
    """Refuse edits that cannot be; see `Latents`."""
    checked_strengths(edits, {**bundle.attribute_directions, **directions}, bundle.ranges)


def move(
    latents: Tensor, bundle: Bundle, edits: Mapping[str, float], directions: Mapping[str, Tensor]
) -> Tensor:
    """w + Σ αᵢ·nᵢ, [N, L, D], along a bundle's directions and further ones, of which 1 is all."""
    known = {**bundle.attribute_directions, **directions}
    lengths = {n: 1.0 if n in directions else length for n, length in bundle.default_strengths.items()}
    return latent_edit(latents, known, edits, lengths)


@torch.no_grad()
def pair_of(inverted: Inverted, part: slice, latents: Tensor, edits: Mapping[str, float]) -> Pair:
    """The pair of some crops whose latents were moved.

    Args:
        inverted: all crops.
        part: which of them.
        latents: theirs after the edit, [n, L, D].
        edits: what was edited.

    Raises:
        StrengthError: if the strengths are beyond what numbers can hold.
    """
    bundle = inverted.bundle
    after = drawn(bundle.generator, latents, part_of(inverted.tuning, part))
    if not bool(torch.isfinite(after).all()):
        raise StrengthError(f"These strengths are too large to compute with: {dict(edits)}; try -3 to 3.")
    return Pair(
        inverted.crops[part],
        inverted.original[part],
        inverted.reconstruction[part],
        after,
        tuple(edited_attributes(edits, bundle)),
        bundle,
        notes=strength_notes(edits, bundle.ranges),
    )


def edited_attributes(edits: Mapping[str, float], bundle: Bundle) -> Iterator[Attribute]:
    """The attributes that are really edited; one that the bundle lacks has no class."""
    for name, strength in edits.items():
        if strength:
            yield bundle.attributes.get(name, Attribute(name, None, name))


@dataclass(frozen=True, eq=False)
class Given:
    """Somebody else's pictures: T, of any size, brought onto I.

    Attributes:
        originals: I, [B, 3, H, W] in [-1, 1]; one may serve many edits.
        edited: T, [B, 3, H', W'].
        references: the editor's no-op pass of I, [B, 3, H'', W''], or None: what T shares with it is drift.

    Raises:
        ShapeError: if these are no pictures, or not one or as many of each.
    """

    originals: Tensor
    edited: Tensor
    references: Tensor | None = None

    def __post_init__(self) -> None:
        named = {"original": self.originals, "edited": self.edited, "reference": self.references}
        for name, batch in named.items():
            if batch is not None and (batch.ndim != 4 or batch.shape[1] != 3):
                raise ShapeError(f"{name} must be [B, 3, H, W], not {list(batch.shape)}.")
            if batch is not None and len(batch) not in (1, len(self)):
                raise ShapeError(f"There are {len(self)} pictures but {len(batch)} of {name}; give as many.")

    def __len__(self) -> int:
        return max(len(self.originals), len(self.edited))

    @torch.no_grad()
    def pairs(self, steps: Steps) -> Iterator[Pair]:
        """See `Source`."""
        for number in range(len(self)):
            steps.begin("Register" if len(self) == 1 else f"Register, picture {number + 1} of {len(self)}")
            original, edited = _nth(self.originals, number), _nth(self.edited, number)
            reference = None if self.references is None else _nth(self.references, number)
            yield given_pair(original, edited, reference, number)


def given_pair(
    original: Tensor,
    edited: Tensor,
    reference: Tensor | None = None,
    number: int = 0,
    placed: Placed | None = None,
) -> Pair:
    """Register T to I. Where a rectangle was pasted, that is the crop: elsewhere T is the original itself.

    Args:
        original: I, [1, 3, H, W] in [-1, 1].
        edited: T, [1, 3, H', W'].
        reference: the editor's no-op pass, or None.
        number: of the picture.
        placed: where all of T lies, if that is known and no rectangle was pasted; None finds it.

    Raises:
        ShapeError, ImageError: as `register`.
    """
    box = pasted_box(original, edited)
    same_size = reference is None or reference.shape == original.shape
    if box is None or min(box.height, box.width) < _LEAST_SIDE or not same_size:
        box = Box(0, 0, original.shape[-2], original.shape[-1])
    elif edited.shape == original.shape:
        edited = box.crop(edited)
        reference = None if reference is None else box.crop(reference)
    crop = Crop(original, box, number)
    here = box.crop(original)
    registration = register(here, edited, placed=placed)
    before = None if reference is None else register(here, reference)
    if before is not None and before.whole:
        before, registration = None, registration.noting(_STRANGE_REFERENCE)
    without = here if before is None else before.registered
    return Pair((crop,), here, without, registration.registered, registration=registration, reference=before)


def _nth(batch: Tensor, number: int) -> Tensor:
    """One picture of a batch, or the only one, as float32."""
    index = min(number, len(batch) - 1)
    return batch[index : index + 1].float()


def batches(count: int, resolution: int) -> list[slice]:
    """Which of so many crops are worked on together."""
    step = batch_size(resolution)
    return [slice(start, min(start + step, count)) for start in range(0, count, step)]


def batch_size(resolution: int) -> int:
    """How many crops of a side in pixels are worked on together."""
    return max(1, _BATCH // resolution**2)
