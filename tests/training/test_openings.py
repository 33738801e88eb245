"""Open mouths and narrow eyes are labelled by landmarks; a table of labels keeps what else is in it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from ood_core.alignment import Frame
from ood_core.errors import RecipeError
from ood_core.training.labels import read_labels
from ood_core.training.openings import add_columns, ends, eye_opening, measured_labels, mouth_opening
from ood_core.training.photographs import Photograph, Photographs, PhotographsRecipe

RECIPE = PhotographsRecipe(16, 1.25, 4, Frame())


def face(mouth: float, eyes: float) -> Tensor:
    """68 landmarks: a mouth 0.4 wide and so far open, eyes 0.2 wide and so far open."""
    points = torch.zeros(68, 2)
    points[48], points[54] = torch.tensor([0.3, 0.8]), torch.tensor([0.7, 0.8])
    for upper, lower in ((61, 67), (62, 66), (63, 65)):
        points[upper], points[lower] = torch.tensor([0.5, 0.8]), torch.tensor([0.5, 0.8 + mouth])
    for corner, x in ((36, 0.2), (42, 0.6)):
        points[corner], points[corner + 3] = torch.tensor([x, 0.4]), torch.tensor([x + 0.2, 0.4])
        for upper, lower in ((1, 5), (2, 4)):
            points[corner + upper] = torch.tensor([x + 0.1, 0.4])
            points[corner + lower] = torch.tensor([x + 0.1, 0.4 + eyes])
    return points


def test_openings_are_in_widths_of_mouth_and_eye() -> None:
    points = torch.stack([face(0.0, 0.06), face(0.1, 0.02)])
    assert mouth_opening(points).tolist() == pytest.approx([0, 0.25])
    assert eye_opening(points).tolist() == pytest.approx([0.3, 0.1])
    turned = points @ torch.tensor([[0.6, 0.8], [-0.8, 0.6]]) * 3
    assert mouth_opening(turned).tolist() == pytest.approx([0, 0.25])


def test_only_the_ends_are_labelled() -> None:
    labels = ends(torch.arange(100.0))
    assert (labels == 0).sum() == 50 and (labels == 1).sum() == 15 and labels[60].isnan() and labels[99] == 1


def test_a_table_takes_the_labels_and_keeps_the_others(tmp_path: Path) -> None:
    count = 100
    about = tuple(Photograph(f"album/{n:03}", f"album/{n:03}", "") for n in range(count))
    photographs = Photographs(torch.zeros(count, 3, 20, 20, dtype=torch.uint8), about, RECIPE)
    seen = iter(torch.stack([face(0.001 * n, 0.1 - 0.0005 * n) for n in range(count)]).split(64))
    columns = measured_labels(photographs, lambda faces: next(seen))
    path = tmp_path / "labels.csv"
    path.write_text("name,Beard\nalbum/001,1\nelsewhere/x,0\n", encoding="utf-8")
    names = [each.name for each in about]
    for _ in range(2):
        add_columns(path, names, columns)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[:3] == ["name,Beard,Mouth_Open,Narrow_Eyes", "album/001,1,0,0", "elsewhere/x,0,,"]
    labels = read_labels(path, photographs, ["Mouth_Open", "Narrow_Eyes"])
    assert labels[:, 0].tolist()[:50] == [0] * 50 and labels[99].tolist() == [1, 1] and labels[60, 0].isnan()
    new = tmp_path / "new.csv"
    add_columns(new, names, columns)
    assert torch.equal(read_labels(new, photographs, ["Narrow_Eyes"]).isnan(), labels[:, 1:].isnan())
    path.write_text("who\nx\n", encoding="utf-8")
    with pytest.raises(RecipeError, match="cannot be read"):
        add_columns(path, names, columns)
