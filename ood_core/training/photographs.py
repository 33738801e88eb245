"""Photographs of people as training data: faces cut out, checked, without doubles, split by person.

A file's name up to its first hyphen is the person, what follows it the picture's kind: ``007-neutral.jpg``
and ``007-smiling.jpg`` are one person twice. People never fall on both sides of the split.
"""

from __future__ import annotations

import csv
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ..alignment import Detector, align, face_alignment, face_detector
from ..alignment.align import Alignment
from ..alignment.frame import Frame
from ..errors import OodError, RecipeError
from ..files.formats import SUFFIXES
from ..files.pictures import load_image
from ..files.whole import written_whole
from ..progress import Progress

_FINGERPRINT = 32  # side of the grey picture by which doubles are known
_DOUBLE = (
    0.995  # correlation of fingerprints from which two pictures are one; the most alike of one person: .989
)
_DETAIL = 0.6  # least side of a face's square in its photograph, in sides of the training picture

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PhotographsRecipe:
    """How faces are cut out of photographs.

    ``resolution``: of the bundle. ``margin``: how much wider than the bundle's frame is cut, so that pictures
    can be turned, scaled and shifted in training. ``held_out``: every so many people are kept for measuring.
    ``frame``: as the bundle's.
    """

    resolution: int
    margin: float
    held_out: int
    frame: Frame

    @property
    def side(self) -> int:
        """Of what is cut out, in pixels: a multiple of 4."""
        return 4 * round(self.resolution * self.margin / 4)


@dataclass(frozen=True)
class Photograph:
    """One cut-out face. ``name``: folder and file's stem. ``person``, ``kind``: see the module."""

    name: str
    person: str
    kind: str


@dataclass(frozen=True, eq=False)
class Photographs:
    """Faces cut out: ``pixels`` [N, 3, S, S] uint8 with the margin around, and what is known of each."""

    pixels: Tensor
    about: tuple[Photograph, ...]
    recipe: PhotographsRecipe

    def people(self) -> list[str]:
        """Everybody, in order."""
        return sorted({photograph.person for photograph in self.about})

    def held_out(self) -> set[str]:
        """The people who are never trained on: every ``recipe.held_out``-th."""
        return set(self.people()[:: self.recipe.held_out])

    def indices(self, *, held_out: bool) -> Tensor:
        """The pictures of one side of the split, [n]."""
        kept = self.held_out()
        return torch.tensor([i for i, p in enumerate(self.about) if (p.person in kept) == held_out])

    def pairs(self, first: str, second: str, *, held_out: bool) -> Tensor:
        """Pictures of the same people of two kinds, such as "neutral" and "smiling", [n, 2]."""
        kept = self.held_out()
        of = {(p.person, p.kind): i for i, p in enumerate(self.about)}
        people = [person for person in self.people() if (person in kept) == held_out]
        found = [(of.get((person, first)), of.get((person, second))) for person in people]
        return torch.tensor([pair for pair in found if None not in pair], dtype=torch.long).view(-1, 2)

    def faces(self, indices: Tensor) -> Tensor:
        """What the bundle's frame shows of them, upright, [n, 3, R, R] in [-1, 1]."""
        margin = (self.pixels.shape[-1] - self.recipe.resolution) // 2
        inner = slice(margin, margin + self.recipe.resolution)
        return self.pixels[indices][..., inner, inner].float() / 127.5 - 1


def cut_out(
    folders: Sequence[Path], recipe: PhotographsRecipe, progress: Progress | None = None
) -> Photographs:
    """Find the faces of all pictures and cut them out; what is left out is logged with its reason.

    Args:
        folders: searched with their sub-folders.
        recipe: sizes and frame.
        progress: told after every picture.

    Raises:
        RecipeError: if fewer than two people are left.
    """
    files = [(folder, path) for folder in folders for path in sorted(folder.rglob("*")) if _is_picture(path)]
    detector = face_detector()
    pixels: list[Tensor] = []
    about: list[Photograph] = []
    prints = torch.empty(0, _FINGERPRINT**2)
    for done, (folder, path) in enumerate(files, 1):
        name = f"{folder.name}/{path.stem}"
        try:
            face = _face(load_image(path), detector, recipe)
            prints = _without_doubles(prints, face, about)
        except OodError as error:
            log.warning("left out %s: %s", name, error)
        else:
            person, _, kind = path.stem.partition("-")
            about.append(Photograph(name, f"{folder.name}/{person}", kind))
            pixels.append(((face[0] + 1) * 127.5).round().clamp(0, 255).byte())
        if progress is not None:
            progress(done, len(files), "photographs")
    if len({photograph.person for photograph in about}) < 2:
        raise RecipeError(
            f"{len(about)} of {len(files)} pictures show one large face; training needs those of many people"
        )
    log.info("%d faces of %d pictures", len(about), len(files))
    return Photographs(torch.stack(pixels), tuple(about), recipe)


def save_photographs(photographs: Photographs, folder: Path) -> None:
    """Write ``photographs.csv``, ``frame.json`` and, last, ``photographs.safetensors``."""
    folder.mkdir(parents=True, exist_ok=True)
    frame = json.dumps(asdict(photographs.recipe.frame))
    (folder / "frame.json").write_text(frame, encoding="utf-8")
    with (
        written_whole(folder / "photographs.csv") as partial,
        partial.open("w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.DictWriter(file, ["name", "person", "kind", "held_out"])
        writer.writeheader()
        kept = photographs.held_out()
        writer.writerows({**asdict(p), "held_out": int(p.person in kept)} for p in photographs.about)
    with written_whole(folder / "photographs.safetensors") as partial:
        metadata = {"recipe": json.dumps(asdict(photographs.recipe))}
        save_file({"pixels": photographs.pixels}, partial, metadata=metadata)


def load_photographs(folder: Path) -> Photographs:
    """Read what `save_photographs` wrote, with the recipe by which it was cut out.

    Raises:
        RecipeError: if it isn't there or is damaged.
    """
    path = folder / "photographs.safetensors"
    if not path.exists():
        raise RecipeError(f"{path} is missing: run `ood train photographs --photos FOLDER` with the same -o")
    try:
        with safe_open(path, framework="pt") as file:
            pixels, numbers = file.get_tensor("pixels"), json.loads(file.metadata()["recipe"])
        with (folder / "photographs.csv").open(newline="", encoding="utf-8") as table:
            about = [Photograph(row["name"], row["person"], row["kind"]) for row in csv.DictReader(table)]
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise RecipeError(f"{folder} is damaged ({error}): delete it, and cut the faces out again") from None
    recipe = PhotographsRecipe(**{**numbers, "frame": Frame(**numbers["frame"])})
    return Photographs(pixels, tuple(about), recipe)


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()


def _face(picture: Tensor, detector: Detector, recipe: PhotographsRecipe) -> Tensor:
    """The surest face of a picture with the margin around, [1, 3, S, S].

    Raises:
        RecipeError: if there is none, several large ones, or it is too small.
    """
    found = detector(picture)
    if not len(found):
        raise RecipeError("no face")
    areas = found.areas
    if len(found) > 1 and float(areas.sort(descending=True).values[1]) > 0.25 * float(areas.max()):
        raise RecipeError(f"{len(found)} faces, and nobody knows whose name it is")
    points = found.landmarks[int(areas.argmax())]
    place = face_alignment(points, recipe.frame, (picture.shape[-2], picture.shape[-1]))
    if place.side < _DETAIL * recipe.resolution:
        raise RecipeError(
            f"its face is {place.side:.0f} px wide; {_DETAIL * recipe.resolution:.0f} are needed"
        )
    scale = recipe.side / recipe.resolution
    wider = Alignment(place.centre, (place.axis[0] * scale, place.axis[1] * scale), place.picture_size)
    return align(picture, wider, recipe.side).clamp(-1, 1)


def _without_doubles(prints: Tensor, face: Tensor, about: Sequence[Photograph]) -> Tensor:
    """The fingerprints with one more.

    Raises:
        RecipeError: if a picture before it has the same one.
    """
    small = F.interpolate(face.mean(dim=1, keepdim=True), size=_FINGERPRINT, mode="area").flatten(1)
    small = F.normalize(small - small.mean(), dim=1)
    if len(prints):
        likeness, index = (prints @ small[0]).max(dim=0)
        if float(likeness) > _DOUBLE:
            raise RecipeError(f"the same picture as {about[int(index)].name}")
    return torch.cat([prints, small])
