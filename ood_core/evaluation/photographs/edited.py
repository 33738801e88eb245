"""What a bundle makes of photographs: inversion, likeness after an edit, success, what else changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...alignment import Faces, align, face_alignment, face_detector
from ...bundle import Bundle
from ...choosing import odd_ones
from ...files.pictures import load_image
from ...pipeline import edit_inverted, find_crops
from ...progress import Progress
from ...sources import invert
from ..judges.expressions import EXPRESSIONS
from ..judges.faces import JUDGED, SAME_PERSON, FaceJudges
from ..judges.lpips import Lpips

STRENGTHS = (1.0, -1.0)

_SIDE = 150
_BEST = 100.0  # dB of an exact picture


@dataclass
class EditRow:
    """One attribute and strength in one group.

    Attributes:
        figures: name → a number per face.
    """

    group: str
    edit: str
    values: dict[str, list[float]] = field(default_factory=dict)

    def add(self, **numbers: float) -> None:
        """Count one face."""
        for name, number in numbers.items():
            self.values.setdefault(name, []).append(number)

    def figures(self) -> dict[str, Any]:
        """Number of faces and means; the worst twentieth where a mean hides it."""
        found = {name: float(torch.tensor(own).mean()) for name, own in self.values.items()}
        count = max(map(len, self.values.values()), default=0)
        made: dict[str, Any] = {"group": self.group, "edit": self.edit, "faces": count, **found}
        for name in ("psnr", "distance"):
            if own := self.values.get(name):
                made[f"{name}_worst"] = float(torch.tensor(own).quantile(0.05 if name == "psnr" else 0.95))
        return made


def edit_table(
    groups: dict[str, list[Path]],
    bundle: Bundle,
    judges: FaceJudges | None = None,
    lpips: Lpips | None = None,
    progress: Progress | None = None,
) -> list[dict[str, Any]]:
    """Edit the largest face of each photograph by every attribute, up and down, faithfully.

    Args:
        groups: name → photographs; people whom the bundle was trained on make figures too good.
        bundle: with a face frame.
        judges: of identity, expression and age.
        lpips: of how different the face looks.
        progress: told after each photograph.

    Returns:
        A row for each group's inversion, "edit" empty: "psnr" inside the frame in dB, "odd" share of faces
        that the bundle does not know. Then one for each edit: "moved" share of the face's pixels that
        changed, "outside" pixels changed outside of the mask, "distance" of identities, "same" share that is
        still one person, "happy_was_not" and "happy_was_happy" shares judged happy after it of those who were
        not and were before, "years" by which faces look older, "lpips".
    """
    detector, rows, done = face_detector(), [], 0
    total = sum(map(len, groups.values()))
    for name, paths in groups.items():
        inversion = EditRow(name, "")
        edits = {
            (attribute, strength): EditRow(name, f"{attribute} {strength:+g}")
            for attribute in bundle.attributes
            for strength in STRENGTHS
        }
        for path in paths:
            picture = load_image(path)
            faces = detector(picture)
            if len(faces):
                _measure(inversion, edits, picture, faces, bundle, judges, lpips)
            done += 1
            if progress is not None:
                progress(done, total, "photographs")
        rows += [inversion, *edits.values()]
    return [row.figures() for row in rows]


def _measure(
    inversion: EditRow,
    edits: dict[tuple[str, float], EditRow],
    picture: Tensor,
    faces: Faces,
    bundle: Bundle,
    judges: FaceJudges | None,
    lpips: Lpips | None,
) -> None:
    crops = find_crops(picture, bundle, "largest", "always", [faces])
    seen = invert(crops, bundle)
    error = (seen.original - seen.reconstruction.clamp(-1, 1)).square().mean()
    psnr = float(10 * torch.log10(4 / error)) if float(error) else _BEST
    inversion.add(psnr=psnr, odd=float(bool(odd_ones(seen))))
    place = face_alignment(
        faces.landmarks[int(faces.areas.argmax())], JUDGED, (picture.shape[-2], picture.shape[-1])
    )
    before = align(picture, place, _SIDE)
    for (attribute, strength), row in edits.items():
        done = edit_inverted(seen, {attribute: strength})
        after = align(done.result, place, _SIDE)
        outside = (done.result != picture).any(dim=1) & (done.change[:, 0] == 0)
        moved = float(((after - before).abs().amax(dim=1) > 1 / 127.5).float().mean())
        row.add(outside=float(outside.sum()), moved=moved)
        row.add(**dict(_judged(before, after, judges)))
        if lpips is not None:
            row.add(lpips=float(lpips(before, after)))


def _judged(before: Tensor, after: Tensor, judges: FaceJudges | None) -> Iterator[tuple[str, float]]:
    if judges is None:
        return
    both = torch.cat([before, after])
    first, second = judges.identity(both)
    distance = float((first - second).norm())
    was, now = (judges.expression(both).argmax(dim=1) == EXPRESSIONS.index("happy")).tolist()
    years = judges.age(both).years
    yield "distance", distance
    yield "same", float(distance <= SAME_PERSON)
    yield ("happy_was_happy" if was else "happy_was_not"), float(now)
    yield "years", float(years[1] - years[0])
