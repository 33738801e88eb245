"""Edited squares back into the picture they were cut from: through whole pixels, or turned as the face is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor

from ..alignment import Alignment, Border, Kernel, Place, warp
from ..errors import ShapeError
from ..images import Box, resize_bicubic, resize_bilinear
from .native import carry_up

ToNative = Callable[[Tensor, Kernel], Tensor]

_RIM = 1 / 24  # part of the square's side over which an edit fades out before the edge of a turned square
_PIXELS = 2**21  # of the picture, worked on at a time: some 150 MiB


def paste_edit(
    picture: Tensor, place: Place, original: Tensor, result: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor]:
    """Carry an edit of a picture's square up into the whole picture; see `carry_up`.

    Args:
        picture: the whole picture, [B, 3, H, W] in [-1, 1].
        place: where the square lies.
        original: the square at the bundle's resolution, [B, 3, R, R].
        result: the edited square, same shape.
        mask: M in [0, 1], [B, 1, R, R].

    Returns:
        The edited picture, [B, 3, H, W], and its mask, [B, 1, H, W], 0 outside the square. Where it is 0 the
        picture has the bits that came in.
    """
    pasted = picture.clone()
    whole = picture.new_zeros(picture.shape[0], 1, *picture.shape[2:])
    paste_edit_into(pasted, whole, place, original, result, mask)
    return pasted, whole


def paste_edit_into(
    picture: Tensor, whole_mask: Tensor, place: Place, original: Tensor, result: Tensor, mask: Tensor
) -> None:
    """`paste_edit` in place, for one face after another: only the part that the edit touches is worked on.

    Args:
        picture: changed where the edit is, [B, 3, H, W] in [-1, 1].
        whole_mask: raised where the edit is, [B, 1, H, W].
        place, original, result, mask: as `paste_edit`.
    """
    fade = _fade(mask, place)
    result, mask = original.lerp(result, fade), mask * fade
    for part, to_native in _parts(place, mask):
        carried, found = carry_up(part.crop(picture), original, result, mask, to_native)
        part.crop(picture).copy_(carried)
        part.crop(whole_mask).copy_(torch.maximum(part.crop(whole_mask), found))


def paste_mask(mask: Tensor, place: Place, size: tuple[int, int]) -> Tensor:
    """The mask of a square as one of the whole picture, 0 outside the square.

    Args:
        mask: [B, 1, R, R] in [0, 1]; enlarged bilinearly, as `carry_up` does.
        place: where the square lies.
        size: (H, W) of the whole picture.

    Returns:
        [B, 1, H, W].
    """
    whole = mask.new_zeros(mask.shape[0], 1, *size)
    mask = mask * _fade(mask, place)
    for part, to_native in _parts(place, mask):
        if to_native is not None:
            part.crop(whole).copy_(to_native(mask, "bilinear").clamp(0, 1))
        elif mask.shape[2:] == (part.height, part.width):
            part.crop(whole).copy_(mask)
        else:
            part.crop(whole).copy_(resize_bilinear(mask, (part.height, part.width)).clamp(0, 1))
    return whole


def paste_square(picture: Tensor, square: Tensor, place: Place) -> Tensor:
    """Put a whole square into a picture, its every pixel, resized where it has another size.

    Args:
        picture: the whole picture, [B, 3, H, W].
        square: what goes into it, [B, 3, h, w].
        place: where.

    Returns:
        A new picture; outside the square ``picture``'s bits.

    Raises:
        ShapeError: if the square or its place do not fit the picture.
    """
    pasted, covered = picture.clone(), torch.ones_like(square[:, :1])
    for part, to_native in _parts(place, covered):
        own_size = square.shape == part.crop(picture).shape
        if not own_size and square.shape != (*picture.shape[:2], square.shape[-1], square.shape[-1]):
            raise ShapeError(f"A part of {list(square.shape)} does not fit {place} of {list(picture.shape)}.")
        if to_native is not None:
            weight = to_native(covered, "bilinear")
            part.crop(pasted).lerp_(to_native(square, "bicubic"), weight)
        elif own_size:
            part.crop(pasted).copy_(square)
        else:
            part.crop(pasted).copy_(resize_bicubic(square, (part.height, part.width)))
    return pasted


def _parts(place: Place, mask: Tensor) -> Iterator[tuple[Box, ToNative | None]]:
    """The parts of the picture that a mask touches, and how a square comes there; None is for resizing."""
    box = place if isinstance(place, Box) else place.box
    if box is not None:
        yield box, None
        return
    assert isinstance(place, Alignment)
    touched = _touched(place, mask)
    rows = max(1, _PIXELS // max(1, touched.width))
    for top in range(touched.top, touched.top + touched.height, rows):
        height = min(rows, touched.top + touched.height - top)
        part = Box(top, touched.left, height, touched.width)
        yield part, partial(_to_native, alignment=place, part=part)


def _to_native(x: Tensor, kernel: Kernel, alignment: Alignment, part: Box) -> Tensor:
    border: Border = "zeros" if kernel == "bilinear" else "reflection"
    return warp(x, alignment.to_crop(x.shape[-1]), part, kernel, border)


def _touched(alignment: Alignment, mask: Tensor) -> Box:
    """The pixels that a mask of the square reaches, as a box, possibly empty."""
    used = (mask > 0).flatten(0, 1).any(dim=0)
    rows, columns = (used.any(dim=dim).nonzero()[:, 0] for dim in (1, 0))
    if not len(rows):
        return Box(0, 0, 0, 0)
    size, window = mask.shape[-1], alignment.window
    a, b, c, d, e, f = alignment.to_picture(size)
    ends = [(x, y) for x in (columns[0] - 1, columns[-1] + 2) for y in (rows[0] - 1, rows[-1] + 2)]
    xs, ys = [float(a * x + b * y + c) for x, y in ends], [float(d * x + e * y + f) for x, y in ends]
    left, top = max(math.floor(min(xs)) - 1, window.left), max(math.floor(min(ys)) - 1, window.top)
    right = min(math.ceil(max(xs)) + 1, window.left + window.width)
    bottom = min(math.ceil(max(ys)) + 1, window.top + window.height)
    return Box(top, left, bottom - top, right - left) if bottom > top and right > left else Box(0, 0, 0, 0)


def _fade(mask: Tensor, place: Place) -> Tensor:
    """Falls from 1 to 0 at the edges of a turned square: beyond them the picture goes on unedited."""
    if isinstance(place, Box) or place.box is not None:
        return torch.ones_like(mask[:1, :1])
    size = mask.shape[-1]
    position = (torch.arange(size, dtype=mask.dtype, device=mask.device) + 0.5) / size
    ramp = (torch.minimum(position, 1 - position) / _RIM).clamp(max=1)
    return (ramp * ramp[:, None])[None, None]
