"""Which of the faces that were found is meant."""

from __future__ import annotations

import pytest
import torch

from ood_core.alignment import Faces, choose_faces, no_faces
from ood_core.errors import FaceError, NoFaceError, ShapeError


def some_faces() -> Faces:
    """Three faces; the second is the largest."""
    boxes = torch.tensor([[0.0, 0, 10, 10], [20, 0, 60, 50], [0, 20, 20, 40]])
    return Faces(boxes, torch.tensor([0.9, 0.8, 0.7]), boxes[:, None, :2].repeat(1, 5, 1))


@pytest.mark.parametrize(
    ("which", "expected"), [("all", [0, 1, 2]), ("largest", [1]), (0, [0]), ("2", [2]), (1, [1])]
)
def test_all_the_largest_or_a_number(which: str | int, expected: list[int]) -> None:
    assert torch.equal(choose_faces(some_faces(), which).boxes, some_faces().boxes[expected])


@pytest.mark.parametrize("which", [3, "7", -1, "-1", "smallest", "1.5", True, ""])
def test_another_choice_is_refused_in_words(which: str | int) -> None:
    with pytest.raises(
        FaceError, match=r"there is no face [37]: 3 faces, 0 to 2|Say largest, all, or a number"
    ):
        choose_faces(some_faces(), which)


@pytest.mark.parametrize("which", ["all", "largest", 0])
def test_no_face_is_said_with_advice(which: str | int) -> None:
    with pytest.raises(NoFaceError, match="no face was found; try"):
        choose_faces(no_faces(), which)


def test_faces_that_are_not_finite_not_sorted_or_of_another_shape_are_refused() -> None:
    faces = some_faces()
    with pytest.raises(FaceError, match="boxes .* not finite"):
        Faces(faces.boxes * float("nan"), faces.scores, faces.landmarks)
    with pytest.raises(FaceError, match="descending"):
        Faces(faces.boxes, faces.scores.flip(0), faces.landmarks)
    with pytest.raises(ShapeError, match=r"\(3, 4, 2\)"):
        Faces(faces.boxes, faces.scores, faces.landmarks[:, :4])
