"""Crop: a picture and where in it we work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import torch
from torch import Tensor

from ..errors import FaceError, ShapeError
from ..images import Box, centre_square, check_finite, check_range, resize_area
from .align import Alignment, align, apart, beyond, box_alignment, face_alignment
from .faces import Faces, choose_faces
from .frame import Frame

Place = Box | Alignment
"""Where a crop lies: a rectangle of whole pixels, or any upright square of a face."""

Aligning = Literal["auto", "never", "always"]
ALIGNING: tuple[Aligning, ...] = get_args(Aligning)


Faceless = Literal["stop", "keep", "centre"]
"""What becomes of a picture without a face: an error, nothing, or an edit of its largest centred square."""
FACELESS: tuple[Faceless, ...] = get_args(Faceless)


@dataclass(frozen=True, eq=False)
class Crop:
    """A part of a picture.

    Attributes:
        picture: the whole picture, [1, 3, H, W] in [-1, 1].
        place: which part of it.
        number: of the picture, where there are several; crops of one number are put back into one picture.
    """

    picture: Tensor
    place: Place
    number: int = 0

    @property
    def picture_size(self) -> tuple[int, int]:
        """(H, W) of the whole picture."""
        return self.picture.shape[-2], self.picture.shape[-1]

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the part, in pixels of the picture, rounded."""
        if isinstance(self.place, Box):
            return self.place.height, self.place.width
        side = round(self.place.side)
        return side, side

    def cut(self, size: tuple[int, int]) -> Tensor:
        """The part at a size (height, width), [1, 3, height, width]; at its own size the very pixels."""
        return self.cut_from(self.picture, size)

    def cut_from(self, picture: Tensor, size: tuple[int, int]) -> Tensor:
        """The same part of something else of the picture's size, such as a mask: [1, C, height, width].

        Raises:
            ShapeError: if it has another size than the picture, or the crop is a face's square and the size
                is no square.
        """
        if tuple(picture.shape[-2:]) != self.picture_size:
            (height, width), (h, w) = self.picture_size, picture.shape[-2:]
            raise ShapeError(f"A crop of a {width}×{height} picture cannot be cut from {w}×{h}; resize it.")
        if isinstance(self.place, Box):
            part = self.place.crop(picture)
            return part if tuple(part.shape[-2:]) == size else resize_area(part, size)
        if size[0] != size[1]:
            raise ShapeError(f"A face's square is cut at a square size, not {size[1]}×{size[0]}.")
        return align(picture, self.place, size[0])


def whole(pictures: Tensor) -> tuple[Crop, ...]:
    """Every picture as a crop of itself: [B, 3, H, W] in [-1, 1] to B crops.

    Raises:
        ShapeError, ImageError: if these are no pictures.
    """
    check_pictures(pictures)
    box = Box(0, 0, pictures.shape[-2], pictures.shape[-1])
    return tuple(Crop(picture, box, number) for number, picture in enumerate(pictures.split(1)))


def centred(pictures: Tensor) -> tuple[Crop, ...]:
    """The largest centred square of every picture; arguments and errors as `whole`."""
    check_pictures(pictures)
    box = centre_square(pictures)[1]
    return tuple(Crop(picture, box, number) for number, picture in enumerate(pictures.split(1)))


def face_crops(
    picture: Tensor,
    frame: Frame | None,
    found: Faces | None,
    face: str | int = "largest",
    align: Aligning = "auto",
    number: int = 0,
) -> tuple[Crop, ...]:
    """The squares of a picture's faces, upright.

    Args:
        picture: [1, 3, H, W] in [-1, 1].
        frame: how a face lies in the bundle's pictures; None where they show no faces: then "auto" takes the
            centred square, too.
        found: the picture's faces; with ``align="never"`` nobody needs to look for them.
        face: "largest", "all", or a number from 0, the surest.
        align: "never" takes the largest centred square as it is; "always" turns and scales every face into
            the frame; "auto" does so unless the face lies in the centred square as the frame wants it.
        number: of the picture.

    Returns:
        One crop a face, from left to right.

    Raises:
        NoFaceError: if there is no face; the picture can still be edited with ``align="never"``.
        FaceError: if there is no such face or no such way of aligning.
        ShapeError, ImageError: if the picture is none.
    """
    check_pictures(picture)
    if len(picture) != 1:
        raise ShapeError(f"Faces belong to one picture [1, 3, H, W], not {list(picture.shape)}.")
    if align not in ALIGNING:
        raise FaceError(f"align must be one of {', '.join(ALIGNING)}, not {align!r}")
    size = (picture.shape[-2], picture.shape[-1])
    square = centre_square(picture)[1]
    if frame is None and align == "always":
        raise FaceError("This bundle has no face frame to align faces to; use align auto or never.")
    if align == "never" or frame is None or found is None:
        return (Crop(picture, square, number),)
    chosen = choose_faces(found, face)
    places: list[Alignment] = [face_alignment(points, frame, size) for points in chosen.landmarks]
    places.sort(key=lambda place: place.centre)
    middle = box_alignment(square, size)
    settled = align == "auto"
    near = [settled and apart(place, middle) <= frame.spread for place in places]
    return tuple(
        Crop(picture, square if as_it_is else place, number)
        for place, as_it_is in zip(places, near, strict=True)
    )


def check_pictures(pictures: Tensor) -> None:
    """Refuse what is no batch of pictures.

    Raises:
        ShapeError: if it is not [B, 3, H, W] or is empty.
        ImageError: if it holds NaN or infinity, or reaches far beyond -1 to 1.
    """
    if pictures.ndim != 4 or pictures.shape[1] != 3 or 0 in pictures.shape:
        raise ShapeError(f"A picture must be [B, 3, H, W] in [-1, 1], not {list(pictures.shape)}.")
    for picture in pictures:
        check_finite(picture)
        check_range(picture)


def numbered(crops: Sequence[Crop]) -> list[tuple[Crop, ...]]:
    """The crops of each picture, the pictures in the order of their numbers."""
    groups: dict[int, list[Crop]] = {}
    for crop in crops:
        groups.setdefault(crop.number, []).append(crop)
    return [tuple(groups[number]) for number in sorted(groups)]


def numbered_on(crops: Sequence[Crop], times: int) -> tuple[Crop, ...]:
    """The same crops several times over, as crops of so many times as many pictures."""
    count = 1 + max(crop.number for crop in crops)
    return tuple(replace(crop, number=crop.number + turn * count) for turn in range(times) for crop in crops)


def cut_all(crops: Sequence[Crop], size: tuple[int, int]) -> Tensor:
    """Every crop at one size, as one batch: [N, 3, height, width]."""
    return torch.cat([crop.cut(size) for crop in crops])


def crop_masks(crops: Sequence[Crop]) -> Tensor:
    """Where crops lie in their pictures, [P, 1, H, W]: 1 inside, 0 outside; the pictures have one size."""
    masks = []
    for group in numbered(crops):
        mask = group[0].picture.new_zeros(1, 1, *group[0].picture_size)
        for crop in group:
            mask = torch.maximum(mask, _inside(crop).to(mask))
        masks.append(mask)
    return torch.cat(masks)


def paddings(crops: Sequence[Crop], size: tuple[int, int]) -> Tensor:
    """What of each crop of a size lies beyond its picture, [N, 1, height, width]: 1 there, else 0."""
    return torch.cat([_padding(crop, size) for crop in crops])


def _inside(crop: Crop) -> Tensor:
    height, width = crop.picture_size
    if isinstance(crop.place, Box):
        mask, box = torch.zeros(1, 1, height, width), crop.place
        mask[..., box.top : box.top + box.height, box.left : box.left + box.width] = 1
        return mask
    a, b, c, d, e, f = crop.place.to_crop(1)
    x, y = torch.arange(width) + 0.5, (torch.arange(height) + 0.5)[:, None]
    across, down = a * x + b * y + c, d * x + e * y + f
    return ((across >= 0) & (across <= 1) & (down >= 0) & (down <= 1)).float()[None, None]


def _padding(crop: Crop, size: tuple[int, int]) -> Tensor:
    if isinstance(crop.place, Box):
        return crop.picture.new_zeros(1, 1, *size)
    return beyond(crop.place, size[0]).to(crop.picture)
