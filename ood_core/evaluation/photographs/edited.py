"""What a bundle makes of photographs: inversion, likeness after an edit, success, what else changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...alignment import Crop, face_detector
from ...alignment.align import Alignment, box_alignment
from ...bundle import Bundle
from ...choosing import foretold
from ...files.pictures import load_image
from ...pipeline import edit_inverted, find_crops
from ...progress import Progress
from ...sources import Inverted, invert
from .folders import named, thinned
from .judged import Judges, face_of
from .measured import Figures, Measured
from .rows import Row, happy_after

STRENGTHS = (1.0, -1.0)

_EDITED = 20  # most photographs in a folder
_BEST = 100.0  # dB of an exact picture
_SEEN = 1 / 127.5  # a pixel that changed by less than a level has not


def edit_table(
    groups: Mapping[str, Sequence[Path]],
    bundle: Bundle,
    judges: Judges | None = None,
    measured: Measured | None = None,
    progress: Progress | None = None,
) -> list[dict[str, Any]]:
    """Edit the largest face of each photograph by every attribute, up and down, faithfully.

    Args:
        groups: name → photographs; people whom the bundle was trained on make figures too good.
        bundle: with a face frame.
        judges: of identity, expression, age and likeness.
        measured: what is known already, and takes what is measured.
        progress: told after each photograph.

    Returns:
        A row for each group's inversion, "edit" empty: "psnr" inside the frame in dB, "odd" share of faces
        that the bundle does not know, and judges of I' beside I. Then one for each edit: "masked" share of
        the frame, "moved" share of the face's pixels that changed, "outside" pixels changed outside of the
        mask, "distance" of identities, "same" share that is still one person, "happy_was_not" and
        "happy_was_happy" shares judged happy after it of those who were not and were before, "years" by which
        faces look older, "lpips".
    """
    look = _Look(bundle, judges or Judges())
    groups = {name: thinned(paths, _EDITED) for name, paths in groups.items()}
    found = (measured or Measured()).each("edits of photographs", named(groups), look.at, progress)
    rows: dict[tuple[str, str], Row] = {}
    for group in groups:
        for edit in ("", *(_title(*each) for each in _edits(bundle))):
            rows[group, edit] = Row({"group": group, "edit": edit})
    for (name, _), seen in zip(named(groups), found, strict=True):
        group = name.rpartition("/")[0]
        for edit, figures in seen.items():
            numbers = {key: value for key, value in figures.items() if key not in ("was", "now")}
            if edit and "was" in figures:
                numbers |= happy_after(figures["was"], figures["now"])
            rows[group, edit].add(**numbers)
    return [row.figures() for row in rows.values()]


def _edits(bundle: Bundle) -> list[tuple[str, float]]:
    return [(attribute, strength) for attribute in bundle.attributes for strength in STRENGTHS]


def _title(attribute: str, strength: float) -> str:
    return f"{attribute} {strength:+g}"


class _Look:
    """What is measured of one photograph."""

    def __init__(self, bundle: Bundle, judges: Judges) -> None:
        self.bundle, self.judges, self.detector = bundle, judges, face_detector()

    def at(self, path: Path) -> Figures:
        """Edit → its figures; nothing of a photograph without a face."""
        picture = load_image(path)
        faces = self.detector(picture)
        if not len(faces):
            return {}
        points = faces.landmarks[int(faces.areas.argmax())]
        seen = invert(find_crops(picture, self.bundle, "largest", "always", [faces]), self.bundle)
        return {"": self._inversion(seen, points)} | self._edits(seen, picture, points)

    def _inversion(self, seen: Inverted, points: Tensor) -> Figures:
        error = (seen.original - seen.reconstruction.clamp(-1, 1)).square().mean()
        psnr = float(10 * torch.log10(4 / error)) if float(error) else _BEST
        there = _in_crop(points, seen.crops[0], self.bundle.resolution)
        before, after = (face_of(each, there) for each in (seen.original, seen.reconstruction.clamp(-1, 1)))
        judged = {}
        if before is not None and after is not None:
            judged = {key: own[0] for key, own in self.judges(before, after).items()}
        return {"psnr": psnr, "odd": float(bool(foretold(seen))), **judged}

    def _edits(self, seen: Inverted, picture: Tensor, points: Tensor) -> Figures:
        before, after, found = face_of(picture, points), [], {}
        for attribute, strength in _edits(self.bundle):
            done = edit_inverted(seen, {attribute: strength})
            found[_title(attribute, strength)] = {
                "masked": float(done.mask.mean()),
                "outside": float(((done.result != picture).any(dim=1) & (done.change[:, 0] == 0)).sum()),
            }
            face = face_of(done.result, points)
            after += [] if face is None else [face]
        if before is None:
            return found
        faces = torch.cat(after)
        moved = ((faces - before).abs().amax(dim=1) > _SEEN).float().mean(dim=(1, 2)).tolist()
        judged = {"moved": moved, **self.judges(before, faces)}
        return {
            edit: own | {key: each[index] for key, each in judged.items()}
            for index, (edit, own) in enumerate(found.items())
        }


def _in_crop(points: Tensor, crop: Crop, size: int) -> Tensor:
    """Landmarks [5, 2] of a picture in pixels of the upright square that was cut from it."""
    place = crop.place if isinstance(crop.place, Alignment) else box_alignment(crop.place, crop.picture_size)
    a, b, c, d, e, f = place.to_crop(size)
    x, y = points.unbind(dim=1)
    return torch.stack([a * x + b * y + c, d * x + e * y + f], dim=1)
