"""How faces of photographs are found: missed, false, off by how much, by which detector, and put back."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...alignment import Faces, align, face_alignment
from ...alignment.align import apart
from ...alignment.frame import Frame
from ...bundle import Bundle
from ...composition import paste_edit_into
from ...domains.portraits import HELD_OUT_KINDS, render_scene, sample_factors, sample_things
from ...errors import FaceError
from ...files.levels import from_uint8
from ...files.pictures import load_image
from ...finding import BothDetectors, detector_of
from ...images import resize_area
from ...progress import Progress
from ..judges.expressions import Landmarks68
from ..judges.faces import JUDGED
from ..photos import match
from .folders import named, thinned
from .measured import Figures, Measured
from .views import VIEWS, View, eye_distances, five_of

PHOTOGRAPHS = "photographs"
"""The stage at which photographs are looked at as they are."""

_VIEWED = 24  # photographs that are also turned, scaled, darkened, evenly of all folders
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
    """One group, gathered picture by picture; of each, one face is expected, or none.

    Attributes:
        pictures, found, false, drawn_decided: numbers of photographs, of those whose face was found, of finds
            that are no face, and of photographs in which a face was taken from the bundle's own detector.
        errors: of landmarks, in distances between the eyes.
        frames: how far corners of the square that is cut out are off, in its sides.
    """

    group: str
    faceless: bool = False
    pictures: int = 0
    found: int = 0
    false: int = 0
    drawn_decided: int = 0
    errors: list[float] = field(default_factory=list)
    frames: list[float] = field(default_factory=list)

    def add(self, seen: Figures) -> None:
        """Count one picture; see `_Look`."""
        self.pictures += 1
        self.found += seen["faces"] > 0
        self.false += seen["faces"] if self.faceless else seen["false"]
        self.drawn_decided += seen.get("drawn", False)
        if seen.get("error") is not None:
            self.errors.append(seen["error"])
        if seen.get("frame") is not None:
            self.frames.append(seen["frame"])

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
            "frame": 100 * float(torch.tensor(self.frames).mean()) if self.frames else None,
            "drawn_decided": self.drawn_decided,
        }


def found_table(
    groups: Mapping[str, Sequence[Path]],
    bundle: Bundle,
    landmarks: Landmarks68 | None = None,
    measured: Measured | None = None,
    progress: Progress | None = None,
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """How a bundle's automatic detector finds the faces of photographs of one person each.

    Of photographs as they are it is counted who decides, and landmarks are compared with another network's
    where that is at hand; some of them are then turned, scaled and shown in other light, and landmarks are
    compared with those found before. Drawn people and pictures without any follow. Every face is cut out, and
    put back without an edit, the mask wide open.

    Args:
        groups: name → photographs, each of one person.
        bundle: whose detector, with the photographic one, is asked; see `finding.detector_of`.
        landmarks: another network, that has no part in finding faces.
        measured: what is known already, and takes what is measured.
        progress: told after each picture.

    Returns:
        The rows; and {"faces", "pixels", "identical"}: how many faces were put back, how many pixels that
        touched, and the share of all the photographs' pixels that came back bit for bit.
    """
    measured = measured or Measured()
    look, rows = _Look(bundle, landmarks), list[FoundRow]()
    views = {view: FoundRow(f"some of all, {view}") for view in VIEWS}
    back = {"faces": 0, "pixels": 0, "same": 0, "total": 0}
    found = measured.each(PHOTOGRAPHS, named(groups), look.at_file, progress)
    for (name, _), seen in zip(named(groups), found, strict=True):
        group = name.rpartition("/")[0]
        if not rows or rows[-1].group != group:
            rows.append(FoundRow(group))
        rows[-1].add(seen)
        back = {key: value + seen["back"][key] for key, value in back.items()}
    shown = {name: thinned(paths, max(1, _VIEWED // len(groups))) for name, paths in groups.items()}
    for seen in measured.each("views of photographs", named(shown), look.at_views, progress):
        for view, figures in seen.items():
            views[view].add(figures)
    drawn = FoundRow("drawn people with things")
    for seen in measured.each("drawings", [(str(n), n) for n in range(_DRAWN)], look.at_drawing, progress):
        drawn.add(seen)
    nobody = FoundRow("no person, scikit-image's", faceless=True)
    for seen in measured.each("no person", list(faceless_pictures(FACELESS)), look.at, progress):
        nobody.add(seen)
    identical = back["same"] / back["total"] if back["total"] else None
    trip = {"faces": back["faces"], "pixels": back["pixels"], "identical": identical}
    return [row.figures() for row in (*rows, *views.values(), drawn, nobody)], trip


class _Look:
    """What is measured of one picture."""

    def __init__(self, bundle: Bundle, landmarks: Landmarks68 | None) -> None:
        self.detector, self.landmarks = detector_of(bundle), landmarks
        self.frame, self.resolution = bundle.frame or Frame(), bundle.resolution

    def at_file(self, path: Path) -> Figures:
        """Of a photograph, with the way back of its faces."""
        picture = _within(load_image(path))
        faces, drawn = self._found(picture)
        seen = _counted(faces, drawn) | {"back": self._put_back(picture, faces)}
        if len(faces) and self.landmarks is not None:
            own = _largest(faces)
            seen |= self._off(own, _seen_by(self.landmarks, picture, own), picture)
        return seen

    def at_views(self, path: Path) -> Figures:
        """Of a photograph's views, those of them whose face is found when it is seen as it is."""
        picture = _within(load_image(path))
        faces, _ = self._found(picture)
        if not len(faces):
            return {}
        return {name: self._at_view(view, picture, _largest(faces)) for name, view in VIEWS.items()}

    def _at_view(self, view: View, picture: Tensor, points: Tensor) -> Figures:
        crowd = view(picture, points)
        faces, drawn = self._found(crowd.image)
        matched = match(crowd, faces)
        seen = {"faces": 0, "false": matched.false, "drawn": drawn}
        if math.isnan(float(matched.errors[0])):
            return seen
        truth = crowd.landmarks[0]
        nearest = int((faces.landmarks - truth).norm(dim=-1).mean(dim=1).argmin())
        return seen | {"faces": 1} | self._off(faces.landmarks[nearest], truth, crowd.image)

    def at_drawing(self, seed: int) -> Figures:
        """Of a drawn person with things, whom the photographic detector must not lose."""
        dice = torch.Generator().manual_seed(310_000 + seed)
        factors = sample_factors(1, dice)
        return self.at(render_scene(factors, sample_things(1, dice, HELD_OUT_KINDS), _DRAWN_SIDE))

    def at(self, picture: Tensor) -> Figures:
        """Of any picture."""
        return _counted(*self._found(picture))

    def _found(self, picture: Tensor) -> tuple[Faces, bool]:
        if isinstance(self.detector, BothDetectors):
            return self.detector.decided(picture)
        return self.detector(picture), False

    def _off(self, points: Tensor, truth: Tensor, picture: Tensor) -> Figures:
        """How far landmarks, and the square cut out by them, are off."""
        size = (picture.shape[-2], picture.shape[-1])
        error = {"error": eye_distances(points, truth)}
        try:
            own, true = (face_alignment(each, self.frame, size) for each in (points, truth))
        except FaceError:  # no face lies so
            return error
        return error | {"frame": apart(own, true)}

    def _put_back(self, picture: Tensor, faces: Faces) -> Figures:
        size = (picture.shape[-2], picture.shape[-1])
        after, mask, count = picture.clone(), torch.zeros(1, 1, *size), 0
        for points in faces.landmarks:
            try:
                place = face_alignment(points, self.frame, size)
            except FaceError:  # no face lies so
                continue
            square = align(after, place, self.resolution)
            paste_edit_into(after, mask, place, square, square, torch.ones_like(square[:, :1]))
            count += 1
        same = int((after == picture).all(dim=1).sum())
        return {"faces": count, "pixels": int((mask > 0).sum()), "same": same, "total": mask.numel()}


def _counted(faces: Faces, drawn: bool) -> Figures:
    return {"faces": len(faces), "false": max(0, len(faces) - 1), "drawn": drawn}


def _largest(faces: Faces) -> Tensor:
    return faces.landmarks[int(faces.areas.argmax())]


def _seen_by(network: Landmarks68, picture: Tensor, points: Tensor) -> Tensor:
    """Another network's landmarks, [5, 2]; it sees the face upright and in its frame."""
    place = face_alignment(points, JUDGED, (picture.shape[-2], picture.shape[-1]))
    with torch.no_grad():
        own = five_of(network(align(picture, place, _JUDGED_SIDE))[0]) * _JUDGED_SIDE
    a, b, c, d, e, f = place.to_picture(_JUDGED_SIDE)
    x, y = own.unbind(dim=1)
    return torch.stack([a * x + b * y + c, d * x + e * y + f], dim=1)


def faceless_pictures(names: Sequence[str]) -> Iterator[tuple[str, Tensor]]:
    """Those of scikit-image's pictures that are installed: name, [1, 3, H, W] in [-1, 1]."""
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
        yield name, _within(from_uint8(pixels[None, ..., :3]))


def _within(picture: Tensor) -> Tensor:
    """No larger than the size at which photographs are looked at."""
    height, width = picture.shape[-2:]
    scale = _SIDE / max(height, width)
    if scale >= 1:
        return picture
    return resize_area(picture, (round(height * scale), round(width * scale)))
