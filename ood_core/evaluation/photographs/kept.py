"""What *keep* makes of photographs that an editor changed: judged beside the editor's own picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...alignment import Detector, face_detector
from ...errors import OodError
from ...files.pictures import load_image
from ...pipeline import keep
from ...progress import Progress
from ..keep.drifts import drift
from ..keep.edits import NO_EDIT, make_edit
from ..keep.methods import METHODS
from ..keep.metrics import mask_figures
from ..keep.pairs import SIZE, KeepPair
from ..keep.photograph import read_photograph
from .folders import named, thinned
from .judged import Judges, face_of
from .measured import Figures, Measured
from .rows import Row, happy_after

EDITS = (NO_EDIT, "glasses", "make-up", "larger eyes", "smile", "beard")
DRIFTS = ("like Qwen", "like klein", "like Kontext")
"""What is done to the photographs, in turn; see `keep.edits` and `keep.drifts`."""
KINDS = ("neutral", "smiling")
"""Of two photographs of one person: what follows the first hyphen of their names, as in 007-smiling.jpg."""

_EDITED, _PAIRS = 18, 12  # most photographs, and pairs of them, in a folder
_SEED = 20_000
_METHODS = ("editor", "keep")


def keep_table(
    groups: Mapping[str, Sequence[Path]],
    judges: Judges | None = None,
    measured: Measured | None = None,
    progress: Progress | None = None,
) -> list[dict[str, Any]]:
    """Edit the faces of photographs as an editor would that redraws the whole picture, and put the edit back.

    Args:
        groups: name → photographs. Two of one person, neutral and smiling, are also taken for an editor's
            work on each other: the only true smiles there are, with another pose and hair.
        judges: of identity, expression, age and likeness.
        measured: what is known already, and takes what is measured.
        progress: told after each photograph.

    Returns:
        Rows of {"group", "edit", "method"}: "iou" of the mask, "identical" share of the bits outside the true
        edit, and judges of the picture beside the true edit. Of true smiles: "kept" share of the photograph
        that keeps its bits, judges beside the editor's picture, and how many are judged happy.
    """
    measured, look = measured or Measured(), _Look(judges or Judges())
    some = {name: thinned(paths, _EDITED) for name, paths in groups.items()}
    turns = [(name, (path, turn)) for turn, (name, path) in enumerate(named(some))]
    found = measured.each("keep on photographs", turns, look.at, progress)
    rows: dict[tuple[str, ...], Row] = {}
    for (name, _), seen in zip(turns, found, strict=True):
        for method, figures in seen.get("methods", {}).items():
            _add(rows, name, "none" if seen["edit"] == NO_EDIT else "an edit", method, figures)
    pairs = _pairs(groups)
    for (name, _), seen in zip(
        pairs, measured.each("true smiles", pairs, look.at_two, progress), strict=True
    ):
        for (edit, method), figures in zip(_SMILES, seen.get("smiles", []), strict=False):
            _add(rows, name, edit, method, figures)
    return [row.figures() for row in rows.values()]


_SMILES = tuple((f"{edit} photographed", method) for edit in ("smile", "no smile") for method in _METHODS)


def _add(rows: dict[tuple[str, ...], Row], name: str, edit: str, method: str, figures: Figures) -> None:
    head = (name.rpartition("/")[0], edit, method)
    row = rows.setdefault(head, Row(dict(zip(("group", "edit", "method"), head, strict=True))))
    numbers = {
        key: value for key, value in figures.items() if key not in ("was", "now") and value is not None
    }
    row.add(**numbers, **(happy_after(figures["was"], figures["now"]) if "was" in figures else {}))


def _pairs(groups: Mapping[str, Sequence[Path]]) -> list[tuple[str, tuple[Path, Path]]]:
    """Neutral and smiling photographs of the same people."""
    found = []
    for group, paths in groups.items():
        kinds = {tuple(path.stem.partition("-")[::2]): path for path in paths}
        neutral, smiling = KINDS
        both = [person for person, kind in kinds if kind == neutral and (person, smiling) in kinds]
        two = [(f"{group}/{name}", (kinds[name, neutral], kinds[name, smiling])) for name in both]
        found += thinned(two, _PAIRS)
    return found


class _Look:
    """What is measured of one photograph, or two of one person."""

    def __init__(self, judges: Judges) -> None:
        self.judges = judges
        self.detector: Detector = face_detector()

    def at(self, item: tuple[Path, int]) -> Figures:
        """Of one photograph and its turn among the edits; nothing where it cannot be edited so."""
        path, turn = item
        random = torch.Generator().manual_seed(_SEED + turn)
        edit, kind = EDITS[turn % len(EDITS)], DRIFTS[turn // len(EDITS) % len(DRIFTS)]
        side = min(load_image(path).shape[-2:])
        try:
            true = make_edit(edit, read_photograph(path, min(SIZE, side)), random)
        except OodError:
            return {}
        pair = KeepPair(edit, kind, true, drift(kind, true, random))
        faces = self.detector(true.original)
        if not len(faces):
            return {}
        points = faces.landmarks[int(faces.areas.argmax())]
        aim = face_of(true.edited, points)
        outside, methods = true.mask == 0, {}
        for name in _METHODS:
            made = METHODS[name](pair)
            face = face_of(made.picture, points)
            same = (made.picture == true.original).all(dim=1, keepdim=True)
            judged = {} if aim is None or face is None else self.judges(aim, face)
            methods[name] = {
                "iou": mask_figures(pair, made.mask)["iou"],
                "kept": float(same.float().mean()),
                "identical": float(same[outside].float().mean()),
                **{key: own[0] for key, own in judged.items() if key not in ("was", "now")},
            }
        return {"edit": edit, "methods": methods}

    def at_two(self, paths: tuple[Path, Path]) -> Figures:
        """Of two photographs of one person, each taken for an edit of the other."""
        both = [load_image(path) for path in paths]
        found = []
        for original, edited in (both, both[::-1]):
            kept = keep(original, edited)
            for picture in (edited, kept.result):
                figures = self._beside(original, picture)
                if picture.shape == original.shape:
                    same = (picture == original).all(dim=1)
                    figures["kept"] = float(same.float().mean())
                found.append(figures)
        return {"smiles": found}

    def _beside(self, original: Tensor, picture: Tensor) -> Figures:
        """Judges of two pictures of one person, each by its own landmarks."""
        cut = []
        for each in (original, picture):
            faces = self.detector(each)
            cut.append(face_of(each, faces.landmarks[int(faces.areas.argmax())]) if len(faces) else None)
        before, after = cut
        if before is None or after is None:
            return {}
        return {key: own[0] for key, own in self.judges(before, after).items()}
