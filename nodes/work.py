"""The library's work on what travels between nodes: devices, progress, and plain pictures as pairs."""

from __future__ import annotations

from typing import Any

import torch
from comfy.utils import ProgressBar
from torch import Tensor

from ..ood_core.alignment import centred, numbered_on, whole
from ..ood_core.diffcam import MaskSettings, MaskShape
from ..ood_core.errors import OodError, ShapeError
from ..ood_core.modes import FAITHFUL, Mode
from ..ood_core.progress import Progress
from ..ood_core.results import Masked, notes_of, said_of
from ..ood_core.sources import Pair
from ..ood_core.stages import find_mask
from .models import BundleHandle
from .saying import say
from .sockets import Crops, needed
from .tensors import mask_for_picture, same_batch, size_of, to_mask, to_picture


def progress_bar() -> Progress:
    """ComfyUI's progress bar, which is also where it cancels, with the stage's name below the node."""
    bar, said = ProgressBar(1), [""]

    def report(done: int, total: int, note: str) -> None:
        bar.update_absolute(done, total)
        if note != said[0] and done < total:
            said[0] = note
            say(note)

    return report


def crops_of(image: Tensor | None, crop: Crops | None) -> Crops:
    """The crops that are connected, or the centred squares of the pictures."""
    if crop is not None:
        return crop
    image = needed(image, "image, or crop from Align Face")
    return Crops(centred(to_picture(image)), image)


def for_each_mask(crops: Crops, mask: Tensor | None) -> tuple[Crops, Tensor | None]:
    """Crops and the user's masks, [P,1,H,W] at the pictures' size; one picture for several masks is repeated.

    Raises:
        ShapeError: if there is neither one of one kind nor as many of both.
    """
    if mask is None:
        return crops, None
    masks, count = to_mask(mask), len(crops.image)
    if len(masks) % count and count % len(masks):
        raise ShapeError(
            f"'image' has {count} pictures and 'mask' {len(masks)}: give one of either, or as many of each."
        )
    masks = mask_for_picture(masks, (crops.image.shape[1], crops.image.shape[2]))
    times = max(1, len(masks) // count)
    return Crops(numbered_on(crops.crops, times), crops.image.repeat(times, 1, 1, 1)), masks


def numbers_of(text: str, example: str) -> dict[str, float]:
    """``Old=-0.5, Smiling=1`` to numbers by name; commas or lines separate.

    Raises:
        OodError: naming the part that is no ``Name=number``.
    """
    numbers: dict[str, float] = {}
    for part in text.replace("\n", ",").split(","):
        name, _, number = part.strip().partition("=")
        if not name and not number:
            continue
        try:
            numbers[name.strip()] = float(number)
        except ValueError:
            raise OodError(f"'{part.strip()}' is not understood; write {example}") from None
    return numbers


def shape_of(threshold: float, grow: float, feather: float) -> MaskShape:
    """What the widgets ask of a mask; their threshold of 0 keeps it soft."""
    return MaskShape(threshold or None, grow, feather)


def settings_of(handle: BundleHandle | None, text: str) -> MaskSettings | None:
    """The bundle's mask settings with those that the widget changes; None where it changes none."""
    numbers = numbers_of(text, "name=number, such as low=6")
    settings = MaskSettings() if handle is None else handle.bundle.mask_settings
    return settings.changed(numbers) if numbers else None


def plain_pair(
    handle: BundleHandle | None, original: Tensor, edited: Tensor, reconstruction: Tensor | None
) -> Pair:
    """Two plain pictures as a pair, each picture a crop of itself; IMAGEs of one size.

    Raises:
        ShapeError: if the sizes differ.
    """
    pictures = {"original": to_picture(original, "original"), "edited": to_picture(edited, "edited")}
    if reconstruction is not None:
        pictures["reconstruction"] = to_picture(reconstruction, "reconstruction")
    first, *others = same_batch(**pictures)
    for name, other in zip(list(pictures)[1:], others, strict=True):
        if size_of(other) != size_of(first):
            (height, width), (h, w) = size_of(first), size_of(other)
            raise ShapeError(
                f"'{name}' is {w}×{h} and 'original' {width}×{height}: connect latents, which know their "
                "place in the picture, or bring both to one size."
            )
    before = others[1] if len(others) > 1 else first
    return Pair(whole(first), first, before, others[0], bundle=None if handle is None else handle.bundle)


def plain_mask(pair: Pair, mask: Tensor, mode: Mode = FAITHFUL) -> Masked:
    """A pair through the user's own mask."""
    with torch.no_grad():
        return find_mask(pair, mode, mask)


def report_of(stage: Masked) -> str:
    """One line per picture: how sure the classifier is of each edited attribute, and what is to be said."""
    crops, notes, lines = stage.pair.crops, notes_of(stage), []
    for number in sorted({crop.number for crop in crops}):
        own = [index for index, crop in enumerate(crops) if crop.number == number]
        scores = [
            f"{name} {', '.join(f'{float(values[index]):.3f}' for index in own)}"
            for name, values in stage.scores.items()
        ]
        lines.append("; ".join([*scores, *said_of(crops, notes, number)]) or "nothing to report")
    return "\n".join(lines)


def device_of(handle: BundleHandle | None, *networks: str) -> Any:
    """Where to compute: where the bundle's networks are, or the CPU without one."""
    return torch.device("cpu") if handle is None else handle.place(*networks)
