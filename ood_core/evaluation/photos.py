"""How well faces are found and put back: pictures of several drawn portraits, whose truth is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor

from ..alignment import Faces, align, face_alignment, face_detector
from ..alignment.boxes import overlaps
from ..bundle import Bundle
from ..composition import paste_edit_into
from ..domains import Crowd, PhotographedDomain, load_domain
from ..errors import BundleError
from ..progress import Progress

_SIZE, _PEOPLE = (640, 800), 4
_SAME = 0.3  # intersection over union from which a box is that of a face
ALL = "all"
_GROUPS: tuple[tuple[str, str, float, float], ...] = (
    (ALL, "scales", 0, 99),
    ("0.2 to 0.5 × 128 px", "scales", 0, 0.5),
    ("0.5 to 1 × 128 px", "scales", 0.5, 1),
    ("1 to 2 × 128 px", "scales", 1, 2),
    ("2 to 4 × 128 px", "scales", 2, 99),
    ("turned 0 to 15°", "angles", 0, 15),
    ("turned 15 to 30°", "angles", 15, 30),
    ("turned 30 to 45°", "angles", 30, 180),
)


@dataclass(frozen=True, eq=False)
class Matched:
    """The faces of one picture beside what was found.

    Attributes:
        scales, angles: of each true face, as drawn, [N]; angles without sign.
        errors: mean distance of each face's landmarks in distances between its eyes; NaN where it was missed.
        false: how many boxes are of no face.
    """

    scales: Tensor
    angles: Tensor
    errors: Tensor
    false: int


def match(crowd: Crowd, faces: Faces) -> Matched:
    """Pair every face with the surest box on it."""
    errors = torch.full((len(crowd.boxes),), float("nan"))
    shared = overlaps(faces.boxes.cpu(), crowd.boxes)
    false = 0
    for row, points in zip(shared, faces.landmarks.cpu(), strict=True):
        free = row * errors.isnan()
        if len(row) == 0 or float(free.max()) < _SAME:
            false += 1
            continue
        face = int(free.argmax())
        truth = crowd.landmarks[face]
        errors[face] = (points - truth).norm(dim=-1).mean() / (truth[1] - truth[0]).norm()
    return Matched(crowd.scales, crowd.angles.abs(), errors, false)


def detection_table(
    bundle: Bundle, count: int, seed: int, domain: str = "portraits", progress: Progress | None = None
) -> list[dict[str, Any]]:
    """Recall, precision and landmark error on pictures that no detector was trained on.

    Args:
        bundle: whose detector is measured; the built-in one where it has none.
        count: of pictures, each with up to four people, in any size from 0.2 to 4 times 128 pixels, turned up
            to 45 degrees, half of them with things before them.
        seed: which pictures.
        domain: whose portraits.
        progress: told after every picture.

    Returns:
        A row a group: {"group", "faces", "recall", "precision", "error"}; the error is the mean in percent of
        the distance between the eyes; precision is of all pictures and in the first row only.
    """
    detector, found = face_detector(bundle.detector, bundle.landmarker), []
    for index, crowd in enumerate(_crowds(count, seed, domain)):
        found.append(match(crowd, detector(crowd.image)))
        if progress is not None:
            progress(index + 1, count, "photographs")
    return [row_of(found, *group) for group in _GROUPS]


def round_trip(bundle: Bundle, count: int, seed: int, domain: str = "portraits") -> dict[str, Any]:
    """Cut every drawn face out upright and put it back without an edit, the mask wide open.

    Args:
        bundle: whose frame and resolution the faces are brought into.
        count, seed, domain: as `detection_table`.

    Returns:
        {"faces", "pixels", "identical"}: how many were put back, how many pixels that touched, and the share
        of all the pictures' pixels that came back bit for bit.

    Raises:
        BundleError: if the bundle has no face frame.
    """
    if bundle.frame is None:
        raise BundleError(f"bundle '{bundle.name}' has no face frame, so no faces can be put back")
    faces = touched = same = total = 0
    for crowd in _crowds(count, seed, domain):
        if not len(crowd.boxes):
            continue
        size = (crowd.image.shape[2], crowd.image.shape[3])
        picture, mask = crowd.image.clone(), torch.zeros(1, 1, *size)
        for points in crowd.landmarks:
            place = face_alignment(points, bundle.frame, size)
            square = align(picture, place, bundle.resolution)
            paste_edit_into(picture, mask, place, square, square, torch.ones_like(square[:, :1]))
        faces, touched = faces + len(crowd.boxes), touched + int((mask > 0).sum())
        same, total = same + int((picture == crowd.image).all(dim=1).sum()), total + mask.numel()
    return {"faces": faces, "pixels": touched, "identical": same / total if total else None}


def _crowds(count: int, seed: int, domain: str) -> Iterator[Crowd]:
    drawn = cast(PhotographedDomain, load_domain(domain))
    for index in range(count):
        yield drawn.sample_crowd(_PEOPLE, _SIZE, torch.Generator().manual_seed(seed * 1_000_003 + index))


def row_of(found: list[Matched], name: str, by: str, low: float, high: float) -> dict[str, Any]:
    """The figures of the faces whose ``by`` lies from ``low`` to below ``high``; see `detection_table`."""
    value = torch.cat([getattr(each, by) for each in found])
    errors = torch.cat([each.errors for each in found])[(value >= low) & (value < high)]
    hits = errors[~errors.isnan()]
    boxes = len(hits) + sum(each.false for each in found)
    return {
        "group": name,
        "faces": len(errors),
        "recall": len(hits) / len(errors) if len(errors) else None,
        "precision": len(hits) / boxes if name == ALL and boxes else None,
        "error": 100 * float(hits.mean()) if len(hits) else None,
    }
