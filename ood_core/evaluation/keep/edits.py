"""The kinds of edit, of photographs and of drawn portraits, and the truth about each: where it is seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from ...diffcam.filters import dilate
from ...domains.portraits import visible_change
from ...domains.portraits.things.tools import Dice
from ...errors import OodError
from ...files.levels import from_uint8, to_uint8
from . import altered, drawn, painted
from .photograph import Photograph

NO_EDIT = "none"
LEAST = 4e-4
"""Share of the picture that an edit must change; smaller ones are drawn anew."""

_CLOSED = 2  # pixels: gaps where an edit happens to equal the original
_TRIES = 12


@dataclass(frozen=True, eq=False)
class Edited:
    """A picture before and after a true edit.

    Attributes:
        original: I, [1, 3, H, W] in [-1, 1], of 8 bits.
        edited: E, the same to the bit where ``mask`` is 0.
        mask: where the edit is seen, [1, 1, H, W] in [0, 1]: see `true_mask`.
    """

    original: Tensor
    edited: Tensor
    mask: Tensor


@dataclass(frozen=True)
class EditKind:
    """One kind of edit.

    Attributes:
        photographed: a photograph before and after it, each [1, 3, H, W] in [-1, 1]; None where it is only
            drawn.
        drawn: the same of a portrait that is drawn, from its size; None where it is only photographed.
        held_out: never to be looked at while anything is trained or tuned.
    """

    photographed: Callable[[Photograph, Dice], tuple[Tensor, Tensor]] | None
    drawn: Callable[[int, Dice], tuple[Tensor, Tensor]] | None
    held_out: bool


def _added(painter: painted.Painter, photo: Photograph, dice: Dice) -> tuple[Tensor, Tensor]:
    paint = painted.Paint(photo.picture)
    painter(paint, photo, dice)
    return photo.picture, paint.picture


def _removed(photo: Photograph, dice: Dice) -> tuple[Tensor, Tensor]:
    without, with_it = _added(dice.pick(painted.REMOVABLE), photo, dice)
    return with_it, without


def _altered(
    change: Callable[[Photograph, Dice], Tensor], photo: Photograph, dice: Dice
) -> tuple[Tensor, Tensor]:
    return photo.picture, change(photo, dice)


def _unedited(photo: Photograph, dice: Dice) -> tuple[Tensor, Tensor]:
    return photo.picture, photo.picture


EDITS: dict[str, EditKind] = {
    "glasses": EditKind(partial(_added, painted.glasses), drawn.glasses, False),
    "hat": EditKind(partial(_added, painted.hat), drawn.hat, False),
    "make-up": EditKind(partial(_added, painted.make_up), drawn.make_up, False),
    "clothes recoloured": EditKind(partial(_altered, altered.recoloured_clothes), drawn.clothes, False),
    "larger eyes": EditKind(partial(_altered, altered.larger_eyes), drawn.eyes, False),
    "text": EditKind(partial(_added, painted.lettering), drawn.lettering, False),
    "removal": EditKind(_removed, drawn.removal, False),
    "face relit": EditKind(partial(_altered, altered.relit_face), None, False),
    "narrower nose": EditKind(partial(_altered, altered.narrower_nose), None, False),
    "skin recoloured": EditKind(None, drawn.skin, False),
    "older": EditKind(None, drawn.age, False),
    "beanie": EditKind(partial(_added, painted.beanie), drawn.beanie, True),
    "sunglasses": EditKind(partial(_added, painted.sunglasses), None, True),
    "beard": EditKind(partial(_added, painted.beard), drawn.beard, True),
    "hair recoloured": EditKind(partial(_altered, altered.recoloured_hair), drawn.hair, True),
    "smile": EditKind(partial(_altered, altered.smile), drawn.smile, True),
    "earrings": EditKind(partial(_added, painted.earrings), drawn.earrings, True),
    "sticker": EditKind(partial(_added, painted.sticker), drawn.sticker, True),
    "clothes patterned": EditKind(partial(_altered, altered.patterned_clothes), None, True),
    "background": EditKind(partial(_altered, altered.other_background), drawn.background, True),
    "mouth open": EditKind(None, drawn.mouth, True),
    "held object": EditKind(None, drawn.held_object, True),
    NO_EDIT: EditKind(_unedited, drawn.unedited, False),
}
"""All of them; `NO_EDIT` belongs to both halves."""


def edit_names(held_out: bool, drawn_ones: bool) -> tuple[str, ...]:
    """The kinds of one half that can be drawn, or done to photographs; without `NO_EDIT`."""
    return tuple(
        name
        for name, kind in EDITS.items()
        if name != NO_EDIT
        and kind.held_out == held_out
        and (kind.drawn if drawn_ones else kind.photographed) is not None
    )


def make_edit(kind: str, source: Photograph | int, generator: torch.Generator) -> Edited:
    """One true edit.

    Args:
        kind: of ``EDITS``.
        source: a photograph, or the side in pixels of a portrait to draw.
        generator: source of randomness.

    Raises:
        OodError: if there is no such kind, or nothing came of it: a photograph without hair cannot be dyed.
    """
    for _ in range(_TRIES):
        dice = Dice(int(torch.randint(2**31, (), generator=generator)))
        made = exact(*_once(kind, source, dice))
        if kind == NO_EDIT or float((made.mask > 0.5).float().mean()) >= LEAST:
            return made
    raise OodError(f"{_TRIES} tries at the edit '{kind}' changed nothing of this picture; choose another")


def _once(kind: str, source: Photograph | int, dice: Dice) -> tuple[Tensor, Tensor]:
    if kind not in EDITS:
        raise OodError(f"there is no edit '{kind}'; known: {', '.join(EDITS)}")
    if isinstance(source, Photograph):
        if (photographed := EDITS[kind].photographed) is not None:
            return photographed(source, dice)
        raise OodError(f"the edit '{kind}' is done to drawn portraits only")
    if (drawn_one := EDITS[kind].drawn) is not None:
        return drawn_one(source, dice)
    raise OodError(f"the edit '{kind}' is done to photographs only")


def exact(before: Tensor, after: Tensor) -> Edited:
    """Both pictures of 8 bits, and the edit nowhere but where it is seen."""
    original, edited = (from_uint8(to_uint8(picture)) for picture in (before, after))
    mask = true_mask(original, edited)
    return Edited(original, torch.where(mask > 0, edited, original), mask)


def true_mask(original: Tensor, edited: Tensor) -> Tensor:
    """Where an edit is seen, [1, 1, H, W] in [0, 1]: visible change, with gaps of a few pixels closed."""
    border = _CLOSED + 1
    change = F.pad(visible_change(original, edited), (border,) * 4)
    return dilate(dilate(change, _CLOSED), -_CLOSED)[..., border:-border, border:-border]
