"""How faces of photographs are found: missed, false, off by how much, and by which detector."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...alignment import Faces, align, face_alignment, face_detector
from ...bundle import Bundle
from ...domains.portraits import HELD_OUT_KINDS, render_scene, sample_factors, sample_things
from ...errors import OodError
from ...files.levels import from_uint8
from ...files.pictures import load_image
from ...finding import detector_of
from ...images import resize_area
from ...progress import Progress
from ..judges.expressions import Landmarks68
from ..judges.faces import JUDGED
from ..photos import match
from .folders import thinned
from .views import VIEWS, eye_distances, five_of

_VIEWED = 12  # photographs per folder that are also turned, scaled, darkened
_DRAWN = 40
_DRAWN_SIDE = 256
_JUDGED_SIDE = 112
_SIDE = 1200  # photographs are looked at within this
FACELESS = (
    "chelsea",
    "coffee",
    "rocket",
    "hubble_deep_field",
    "immunohistochemistry",
    "brick",
    "grass",
    "gravel",
)
"""Pictures of scikit-image without a person."""


@dataclass
class FoundRow:
    """One group, gathered photograph by photograph; of each, one face is expected, or none.

    Attributes:
        pictures, found, false, drawn_decided: numbers of photographs, of those whose face was found, of finds
            that are no face, and of photographs in which a face was taken from the bundle's own detector.
        errors: of landmarks, in distances between the eyes.
    """

    group: str
    faceless: bool = False
    pictures: int = 0
    found: int = 0
    false: int = 0
    drawn_decided: int = 0
    errors: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        """The row: shares, and the mean and worst twentieth of the errors in percent."""
        errors = torch.tensor(self.errors)
        return {
            "group": self.group,
            "pictures": self.pictures,
            "found": None if self.faceless or not self.pictures else self.found / self.pictures,
            "false": self.false,
            "error": 100 * float(errors.mean()) if self.errors else None,
            "error_95": 100 * float(errors.quantile(0.95)) if self.errors else None,
            "drawn_decided": self.drawn_decided,
        }


def found_table(
    groups: dict[str, list[Path]],
    bundle: Bundle,
    landmarks: Landmarks68 | None = None,
    progress: Progress | None = None,
) -> list[dict[str, Any]]:
    """How a bundle's automatic detector finds the faces of photographs of one person each.

    Of photographs as they are it is counted who decides, and landmarks are compared with another network's
    where that is at hand; some of them are then turned, scaled and shown in other light, and landmarks are
    compared with those found before. Drawn people and pictures without any follow.

    Args:
        groups: name → photographs, each of one person.
        bundle: whose detector, with the photographic one, is asked; see `finding.detector_of`.
        landmarks: another network, that has no part in finding faces.
        progress: told after each photograph.
    """
    detector, rows, done = detector_of(bundle), [], 0
    views = {view: FoundRow(f"some of all, {view}") for view in VIEWS}
    total = sum(map(len, groups.values()))
    for name, paths in groups.items():
        plain = FoundRow(name)
        viewed = set(thinned(paths, _VIEWED))
        for path in paths:
            picture = _within(load_image(path))
            faces = detector(picture)
            _count(plain, faces, _by_own(picture, faces, bundle))
            if len(faces):
                points = faces.landmarks[int(faces.areas.argmax())]
                if landmarks is not None:
                    plain.errors.append(_apart_from(landmarks, picture, points))
                if path in viewed:
                    _look(views, picture, points, detector)
            done += 1
            if progress is not None:
                progress(done, total, "photographs")
        rows.append(plain)
    return [row.figures() for row in (*rows, *views.values(), _drawn(bundle), _faceless(bundle))]


def _look(
    views: dict[str, FoundRow],
    picture: Tensor,
    points: Tensor,
    detector: Callable[[Tensor], Faces],
) -> None:
    for name, row in views.items():
        crowd = VIEWS[name](picture, points)
        faces = detector(crowd.image)
        matched = match(crowd, faces)
        row.pictures += 1
        row.false += matched.false
        if not math.isnan(float(matched.errors[0])):
            row.found += 1
            row.errors.append(float(matched.errors[0]))


def _count(row: FoundRow, faces: Faces, by_own: bool) -> None:
    row.pictures += 1
    row.found += bool(len(faces))
    row.false += max(0, len(faces) - 1) if not row.faceless else len(faces)
    row.drawn_decided += by_own


def _by_own(picture: Tensor, faces: Faces, bundle: Bundle) -> bool:
    """Whether a face was taken from the bundle's own detector."""
    if bundle.detector is None or not len(faces):
        return False
    photographic = {tuple(points.flatten().tolist()) for points in face_detector()(picture).landmarks}
    return any(tuple(points.flatten().tolist()) not in photographic for points in faces.landmarks)


def _apart_from(network: Landmarks68, picture: Tensor, points: Tensor) -> float:
    """How far landmarks are from another network's, which sees the face upright and in their frame."""
    place = face_alignment(points, JUDGED, (picture.shape[-2], picture.shape[-1]))
    with torch.no_grad():
        own = five_of(network(align(picture, place, _JUDGED_SIDE))[0]) * _JUDGED_SIDE
    a, b, c, d, e, f = place.to_picture(_JUDGED_SIDE)
    x, y = own.unbind(dim=1)
    return eye_distances(torch.stack([a * x + b * y + c, d * x + e * y + f], dim=1), points)


def _drawn(bundle: Bundle) -> FoundRow:
    """Drawn people with things, by the automatic detector: the photographic one must not lose them."""
    row, detector = FoundRow("drawn people with things"), detector_of(bundle)
    for seed in range(_DRAWN):
        dice = torch.Generator().manual_seed(310_000 + seed)
        factors = sample_factors(1, dice)
        picture = render_scene(factors, sample_things(1, dice, HELD_OUT_KINDS), _DRAWN_SIDE)
        faces = detector(picture)
        _count(row, faces, _by_own(picture, faces, bundle))
    return row


def _faceless(bundle: Bundle) -> FoundRow:
    """Pictures without a person; none are looked at without scikit-image."""
    row, detector = FoundRow("no person, scikit-image's", faceless=True), detector_of(bundle)
    for picture in faceless_pictures(FACELESS):
        faces = detector(picture)
        _count(row, faces, _by_own(picture, faces, bundle))
    return row


def faceless_pictures(names: Sequence[str]) -> Iterator[Tensor]:
    """Those of scikit-image's pictures that are installed, [1, 3, H, W] in [-1, 1]."""
    try:
        from skimage import data
    except ImportError:
        return
    for name in names:
        try:
            pixels = getattr(data, name)()
        except (AttributeError, OSError, ImportError, ValueError):  # not in this version, or to be downloaded
            continue
        if pixels.ndim == 2:
            pixels = pixels[..., None].repeat(3, axis=2)
        yield _within(from_uint8(pixels[None, ..., :3]))


def _within(picture: Tensor) -> Tensor:
    """No larger than the size at which photographs are looked at."""
    height, width = picture.shape[-2:]
    scale = _SIDE / max(height, width)
    if scale >= 1:
        return picture
    return resize_area(picture, (round(height * scale), round(width * scale)))


def round_trip(groups: dict[str, list[Path]], bundle: Bundle) -> dict[str, Any]:
    """Cut faces out of photographs and put them back without an edit, the mask wide open.

    Returns:
        {"faces", "pixels", "identical"}: how many, how many pixels that touched, and the share of all pixels
        that came back bit for bit.
    """
    from ...composition import paste_edit_into

    faces = touched = same = total = 0
    detector = face_detector()
    if bundle.frame is None:
        raise OodError(f"bundle '{bundle.name}' has no face frame, so no faces can be put back")
    for path in (path for paths in groups.values() for path in thinned(paths, _VIEWED)):
        original = load_image(path)
        size = (original.shape[-2], original.shape[-1])
        picture, mask = original.clone(), torch.zeros(1, 1, *size)
        for points in detector(original).landmarks:
            place = face_alignment(points, bundle.frame, size)
            square = align(picture, place, bundle.resolution)
            paste_edit_into(picture, mask, place, square, square, torch.ones_like(square[:, :1]))
            faces += 1
        touched += int((mask > 0).sum())
        same, total = same + int((picture == original).all(dim=1).sum()), total + mask.numel()
    return {"faces": faces, "pixels": touched, "identical": same / total if total else None}
