"""A photograph in, the same photograph out: faces are found, edited upright, and the changes put back."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from .alignment import (
    Alignment,
    Detector,
    Faces,
    align,
    box_alignment,
    choose_faces,
    face_alignment,
    face_detector,
)
from .alignment.frame import Frame
from .bundle import Bundle
from .composition import paste_edit_into, paste_mask, paste_square
from .diffcam.stage import Mode
from .errors import FaceError, ShapeError
from .images import centre_square
from .pipeline import EditResult, Progress, edit

Aligning = Literal["auto", "never", "always"]
ALIGNING: tuple[Aligning, ...] = ("auto", "never", "always")

_BATCH = 2**21  # pixels of crops edited at a time


@dataclass(frozen=True, eq=False)
class Photograph:
    """A picture and the squares of it that are to be edited.

    Attributes:
        picture: [1, 3, H, W] in [-1, 1].
        alignments: one square a face.
        faces: what was found there, in the same order; None where nobody looked.
    """

    picture: Tensor
    alignments: tuple[Alignment, ...]
    faces: Faces | None = None


@dataclass(frozen=True, eq=False)
class PhotoResult:
    """An edited photograph.

    Attributes:
        photograph: what came in.
        final: the result, [1, 3, H, W]; in ``faithful`` mode the input's own bits wherever ``mask`` is 0.
        mask: where the result differs from the input, [1, 1, H, W] in [0, 1].
        squares: every stage's pictures of the faces' squares, a batch of one sample a face.
    """

    photograph: Photograph
    final: Tensor
    mask: Tensor
    squares: EditResult


def edit_photo(
    picture: Tensor,
    bundle: Bundle,
    edits: Mapping[str, float],
    faces: str | int = "largest",
    align: Aligning = "auto",
    mode: Mode = "faithful",
    mask: Tensor | None = None,
    detector: Detector | None = None,
    progress: Progress | None = None,
) -> PhotoResult:
    """Edit the faces of a photograph of any size.

    Args:
        picture: [1, 3, H, W] in [-1, 1].
        bundle: networks and directions.
        edits: attribute → signed strength.
        faces: "largest", "all", or a number from 0, the surest.
        align: "never" edits the largest centred square as it is; "always" turns and scales every face into
            the bundle's frame; "auto" does so unless the face lies in the centred square as the bundle wants.
        mode: as `edit`.
        mask: [1, 1, H, W] in [0, 1], used instead of DiffCAM's.
        detector: finds the faces; None for the bundle's own, or the built-in one.
        progress: told before each stage.

    Raises:
        NoFaceError: if no face is found; the picture may still be edited with ``align="never"``.
        FaceError, ShapeError, AttributeNameError, StrengthError: as `choose_faces` and `edit`.
    """
    device = bundle.generator.mapping.w_avg
    if align == "never":
        found = None
    else:
        found = (detector or face_detector(bundle.detector, bundle.landmarker))(picture.to(device))
    photograph = place_faces(picture.to(device), bundle.frame, found, faces, align)
    return edit_photographs([photograph], bundle, edits, mode, mask, progress)[0]


def place_faces(
    picture: Tensor, frame: Frame, found: Faces | None, which: str | int = "largest", align: Aligning = "auto"
) -> Photograph:
    """Decide which squares of a picture are edited; see `edit_photo`.

    Args:
        picture: [1, 3, H, W] in [-1, 1].
        frame: how a face lies in the bundle's pictures.
        found: the faces; with ``align="never"`` they are not needed.
        which: of the faces.
        align: when to leave the centred square as it is.
    """
    if picture.ndim != 4 or picture.shape[:2] != (1, 3) or 0 in picture.shape:
        raise ShapeError(f"a photograph must be [1, 3, H, W] in [-1, 1], not {list(picture.shape)}")
    if align not in ALIGNING:
        raise FaceError(f"align must be one of {', '.join(ALIGNING)}, not {align!r}")
    size = (picture.shape[-2], picture.shape[-1])
    centred = box_alignment(centre_square(picture)[1], size)
    if align == "never" or found is None:
        return Photograph(picture, (centred,), found)
    chosen = choose_faces(found, which)
    squares = [face_alignment(points, frame, size) for points in chosen.landmarks]
    if align == "auto":
        squares = [centred if _apart(square, centred) <= frame.spread else square for square in squares]
    return Photograph(picture, tuple(squares), chosen)


@torch.no_grad()
def edit_photographs(
    photographs: Sequence[Photograph],
    bundle: Bundle,
    edits: Mapping[str, float],
    mode: Mode = "faithful",
    mask: Tensor | None = None,
    progress: Progress | None = None,
) -> list[PhotoResult]:
    """Edit the squares of several photographs together, whatever the photographs' sizes; see `edit_photo`.

    Args:
        photographs: pictures and their squares, at least one each, on the bundle's device.
        mask: for every photograph, of its size.
    """
    if mask is not None:
        _check_mask(mask, photographs)
    squares = _edit_squares(photographs, bundle, edits, mode, mask, progress)
    results, done = [], 0
    for photo in photographs:
        own = _samples(squares, slice(done, done + len(photo.alignments)))
        done += len(photo.alignments)
        final, whole = paste_back(photo, own, mode)
        if mask is not None:
            whole = mask.to(final).clamp(0, 1)
            final = torch.where(whole > 0, final, photo.picture) if mode == "faithful" else final
        results.append(PhotoResult(photo, final, whole, own))
    return results


def batch_size(resolution: int) -> int:
    """How many squares are edited at a time."""
    return max(1, _BATCH // resolution**2)


def _edit_squares(
    photographs: Sequence[Photograph],
    bundle: Bundle,
    edits: Mapping[str, float],
    mode: Mode,
    mask: Tensor | None,
    progress: Progress | None,
) -> EditResult:
    """Edit every square of every photograph, in their order, as one batch at a time."""
    places = [(photo.picture, place) for photo in photographs for place in photo.alignments]
    results, step = [], batch_size(bundle.resolution)
    for start in range(0, len(places), step):
        part = places[start : start + step]
        crops = torch.cat([align(picture, place, bundle.resolution) for picture, place in part])
        own = None
        if mask is not None:
            own = torch.cat([align(mask.to(crops), place, bundle.resolution) for _, place in part])
        results.append(edit(crops, bundle, edits, mode, own, progress))
    return _joined(results)


def paste_back(photo: Photograph, squares: EditResult, mode: Mode) -> tuple[Tensor, Tensor]:
    """Result and mask at the photograph's own size."""
    final, size = photo.picture.clone(), (photo.picture.shape[-2], photo.picture.shape[-1])
    whole = final.new_zeros(1, 1, *size)
    for index, place in enumerate(photo.alignments):
        one = _samples(squares, slice(index, index + 1))
        if mode == "faithful":
            paste_edit_into(final, whole, place, one.original, one.final, one.mask)
        else:
            final = paste_square(final, one.final, place)
            whole = torch.maximum(whole, paste_mask(one.mask, place, size))
    return final, whole


def _joined(results: Sequence[EditResult]) -> EditResult:
    """Batches one after the other as one batch."""
    first, tensors = results[0], ("original", "reconstruction", "edited", "mask", "coarse", "final")
    joined = {name: torch.cat([getattr(result, name) for result in results]) for name in tensors}
    scores = {name: torch.cat([result.scores[name] for result in results]) for name in first.scores}
    return EditResult(**joined, scores=scores)


def _samples(result: EditResult, part: slice) -> EditResult:
    """Some samples of a batch."""
    fields = {field.name: getattr(result, field.name) for field in dataclasses.fields(result)}
    scores = {name: score[part] for name, score in fields.pop("scores").items()}
    return EditResult(**{name: tensor[part] for name, tensor in fields.items()}, scores=scores)


def _apart(square: Alignment, other: Alignment) -> float:
    """How far the corners of two squares lie apart at most, in sides of the other."""
    x, y = (a - b for a, b in zip(square.centre, other.centre, strict=True))
    ax, ay = (a - b for a, b in zip(square.axis, other.axis, strict=True))
    corners = [(x + i * ax - j * ay, y + i * ay + j * ax) for i in (-1, 1) for j in (-1, 1)]
    return max(math.hypot(*corner) for corner in corners) / other.side


def _check_mask(mask: Tensor, photographs: Sequence[Photograph]) -> None:
    for photo in photographs:
        needed = (1, 1, *photo.picture.shape[2:])
        if mask.shape != needed:
            raise ShapeError(
                f"The mask must have the picture's size, {list(needed)}, not {list(mask.shape)}."
            )
