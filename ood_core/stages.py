"""The stages, each by itself: what goes in, what it adds. `pipeline.apply` is all of them in a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from .alignment import Crop, cut_all
from .composition import colour_space_of, paste_mask
from .diffcam import (
    AS_FOUND,
    DiffCam,
    MaskIs,
    MaskSettings,
    MaskShape,
    changed,
    checked_meaning,
    combined,
    shape_mask,
)
from .errors import ShapeError
from .images import Box, check_finite, resize_area, resize_bicubic, resize_bilinear
from .modes import FAITHFUL, Mode, Squares
from .results import Composed, Deghosted, Edit, Masked, notes_of, parts, samples
from .sources import Pair

_LOOKED_AT = 512  # pixels a side of a crop whose colours are looked at


@torch.no_grad()
def find_mask(
    pair: Pair,
    mode: Mode = FAITHFUL,
    mask: Tensor | None = None,
    mask_is: MaskIs = "replace",
    shape: MaskShape = AS_FOUND,
    settings: MaskSettings | None = None,
) -> Masked:
    """DiffCAM: where the edit acts; see `apply` for the arguments.

    A mask of the user's own that replaces the found one is shaped in its place.
    """
    checked_meaning(mask_is)
    found = mode.mask(pair, settings)
    small = found.mask
    if not shape.nothing and (mask is None or mask_is != "replace"):
        scales = [crop.size[0] / small.shape[-2] for crop in pair.crops]
        shaped = [shape_mask(one, shape, scale) for one, scale in zip(small.split(1), scales, strict=True)]
        small = torch.cat(shaped)
    masked = Masked(pair, mode, found, small, _scores(pair, found.scores), found.held_back, shape)
    masked = masked if mask is None else with_mask(masked, mask, mask_is)
    if found.changes is None:
        return masked
    reached = torch.maximum(found.changes.registration.coverage, found.mask)  # nothing comes from beyond T
    return replace(masked, mask=masked.mask * reached)


@torch.no_grad()
def with_mask(masked: Masked, mask: Tensor, mask_is: MaskIs = "replace") -> Masked:
    """The same with a mask of the user's own; see `apply` for it. Where it replaces, nothing is held back."""
    size = (masked.mask.shape[-2], masked.mask.shape[-1])
    shape = masked.shape if mask_is == "replace" else AS_FOUND
    own = [crop.cut_from(own_mask(mask, crop, shape), size) for crop in masked.pair.crops]
    small = combined(masked.mask, torch.cat(own).to(masked.mask).clamp(0, 1), mask_is)
    held_back = masked.held_back * (mask_is != "replace")
    return replace(masked, mask=small, mask_is=mask_is, held_back=held_back)


@torch.no_grad()
def composite(masked: Masked) -> Composed:
    """Composite: the edit inside the mask, the photograph outside."""
    return Composed(**parts(masked, Masked), coarse=masked.mode.blend(masked.pair, masked.found, masked.mask))


@torch.no_grad()
def deghost(composed: Composed) -> Deghosted:
    """Deghost: what two mixed images left behind is separated, where there is a network for it."""
    cleaned = composed.mode.clean(composed.pair, composed.coarse, composed.mask)
    return Deghosted(**parts(composed, Composed), cleaned=cleaned)


@torch.no_grad()
def paste(edited: Deghosted, mask: Tensor | None = None) -> Edit:
    """Paste: the change back into every picture, at the picture's own size.

    Args:
        edited: crops of any number of pictures.
        mask: the user's own, as `apply`.
    """
    results, changes = [], []
    numbers = [crop.number for crop in edited.pair.crops]
    for number in sorted(set(numbers)):
        one = samples(edited, [index for index, own in enumerate(numbers) if own == number])
        crop = one.pair.crops[0]
        allowed = None if mask is None else _allowed(mask, crop, edited).to(crop.picture)
        exactly = edited.mask_is == "replace"
        squares = Squares(one.pair.crops, one.pair.original, one.cleaned, one.mask, allowed, exactly)
        result, where = edited.mode.paste(crop.picture, squares)
        if edited.pair.bundle is not None and edited.mode.keeps:  # a generator knows pictures in colour only
            result = _in_own_tone(one, result, where)
        results.append(result)
        changes.append(where)
    return Edit(
        **parts(edited, Deghosted), results=tuple(results), changes=tuple(changes), notes=notes_of(edited)
    )


@torch.no_grad()
def paste_edited(
    crops: Sequence[Crop],
    edited: Tensor,
    masks: Tensor | None = None,
    mask: Tensor | None = None,
    side: int | None = None,
) -> Edit:
    """Paste crops that something else edited: only what changed travels.

    Args:
        crops: where they were cut, N of them.
        edited: the crops after the edit, [N, 3, h, w] in [-1, 1]; squares of any size.
        masks: where they may have changed, [N, 1, h, w] in [0, 1]; None compares them with the pictures.
        mask: instead, where the pictures change, [P, 1, H, W] or [1, 1, H, W] in [0, 1].
        side: width and height at which the crops were given away, where that was not ``edited``'s: a crop
            that was only resized since then is not edited.

    Raises:
        ShapeError: if there are not as many edited crops and masks as crops, or they are no squares.
    """
    if len(edited) != len(crops) or (masks is not None and masks.shape[::2] != edited.shape[::2]):
        raise ShapeError(f"{len(crops)} crops need as many edited ones and masks of their size.")
    size = (edited.shape[-2], edited.shape[-1])
    original = cut_all(crops, size).to(edited)
    where = _edited_where(crops, original, edited, side) if masks is None else masks
    pair = Pair(tuple(crops), original, original, edited)
    found = DiffCam(where, None, None, edited.new_zeros(len(edited)))
    masked = Masked(pair, FAITHFUL, found, where, {}, found.held_back, AS_FOUND)
    masked = masked if mask is None else with_mask(masked, mask)
    return paste(Deghosted(**vars(masked), coarse=edited, cleaned=edited), mask)


def _in_own_tone(edited: Deghosted, result: Tensor, where: Tensor) -> Tensor:
    """An edit in the tone of a black-and-white or toned photograph, which may lie on a page in colour.

    Args:
        edited: crops of one picture.
        result: the picture with the edit, [1, 3, H, W] in [-1, 1].
        where: where it may have changed, [1, 1, H, W].
    """
    if not bool(where.any()):
        return result
    crops = edited.pair.crops
    tone = colour_space_of(crops[0].picture)
    if tone is not None:
        return tone.inside(result, where)
    for crop, mask in zip(crops, edited.mask.split(1), strict=True):
        tone = colour_space_of(_middle_of(crop))
        if tone is not None:
            reach = paste_mask(torch.ones_like(mask), crop.place, crop.picture_size)
            result = tone.inside(result, where * (reach > 0).to(where))
    return result


def _middle_of(crop: Crop) -> Tensor:
    """Half a crop's width and height, where the face is: beside it may lie the page, [1, 3, h, w]."""
    height, width = (min(length, _LOOKED_AT) for length in crop.size)
    middle = Box(height // 4, width // 4, height - height // 4 * 2, width - width // 4 * 2)
    return middle.crop(crop.cut((height, width)))


def _edited_where(crops: Sequence[Crop], original: Tensor, edited: Tensor, side: int | None) -> Tensor:
    """Where edited crops differ by more than saving and resizing, [N, 1, h, w]; see `paste_edited`."""
    where = changed(original, edited)
    size = (edited.shape[-2], edited.shape[-1])
    if side is None or size == (side, side) or not bool(where.any()):
        return where
    larger = size[0] > side
    back = (resize_area if larger else resize_bicubic)(edited, (side, side))
    as_given = changed(cut_all(crops, (side, side)).to(edited), back)
    return where * (resize_bilinear(as_given, size) > 0).to(where)


def picture_masks(masked: Masked) -> Tensor:
    """The masks of crops as masks of their pictures, [P, 1, H, W]; the pictures have one size."""
    crops = masked.pair.crops
    whole: dict[int, Tensor] = {}
    for crop, mask in zip(crops, masked.mask.split(1), strict=True):
        one = paste_mask(mask, crop.place, crop.picture_size)
        whole[crop.number] = torch.maximum(whole[crop.number], one) if crop.number in whole else one
    return torch.cat([whole[number] for number in sorted(whole)])


def _allowed(mask: Tensor, crop: Crop, edited: Masked) -> Tensor:
    """Where the user's own mask lets a picture change, [1, 1, H, W] in [0, 1]."""
    if edited.mask_is == "replace":
        return own_mask(mask, crop, edited.shape)
    own = own_mask(mask, crop, AS_FOUND)
    if edited.mask_is == "add":
        return torch.ones_like(own)
    return own if edited.mask_is == "limit" else 1 - own


def own_mask(mask: Tensor, crop: Crop, shape: MaskShape) -> Tensor:
    """The user's mask of a crop's picture, shaped, [1, 1, H, W] in [0, 1].

    Raises:
        ShapeError: if it has another size than the picture.
        ImageError: if it holds NaN or infinity.
    """
    height, width = crop.picture_size
    if mask.ndim != 4 or mask.shape[1:] != (1, height, width):
        raise ShapeError(
            f"The mask must have the picture's size, [B, 1, {height}, {width}], not {list(mask.shape)}: "
            "resize one to the other."
        )
    check_finite(mask, "the mask")
    number = crop.number % len(mask)
    return shape_mask(mask[number : number + 1].clamp(0, 1), shape)


def _scores(pair: Pair, scores: Tensor | None) -> dict[str, Tensor]:
    """Attribute → probability [N] that the classifier gives to that attribute having changed."""
    if scores is None:
        return {}
    classes = {attribute.name: attribute.diffcam_class for attribute in pair.attributes}
    return {name: scores[:, index] for name, index in classes.items() if index is not None}
