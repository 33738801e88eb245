"""What is counted as found, as missed, and as no face."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from ood_core.alignment import Faces, no_faces
from ood_core.domains import Crowd
from ood_core.evaluation.photos import match


@pytest.fixture
def crowd() -> Crowd:
    """Two faces of 40 px; the eyes of the first are 20 px apart."""
    boxes = torch.tensor([[0.0, 0, 40, 40], [100, 0, 140, 40]])
    points = torch.tensor([[10.0, 15], [30, 15], [20, 25], [12, 32], [28, 32]])
    landmarks = torch.stack([points, points + torch.tensor([100.0, 0])])
    return Crowd(
        torch.zeros(1, 3, 50, 200), boxes, landmarks, torch.tensor([1.0, 0.5]), torch.tensor([-20.0, 5])
    )


def test_faces_found_exactly_have_no_error(crowd: Crowd) -> None:
    found = match(crowd, Faces(crowd.boxes, torch.tensor([0.9, 0.8]), crowd.landmarks))
    assert found.errors.tolist() == [0, 0] and found.false == 0
    assert found.angles.tolist() == [20, 5]


def test_the_error_is_in_distances_between_the_eyes(crowd: Crowd) -> None:
    moved = crowd.landmarks + torch.tensor([3.0, 4.0])
    found = match(crowd, Faces(crowd.boxes, torch.tensor([0.9, 0.8]), moved))
    assert found.errors.tolist() == pytest.approx([0.25, 0.25])


def test_a_face_without_a_box_is_missed_and_a_box_without_a_face_is_false(crowd: Crowd) -> None:
    boxes = torch.tensor([[100.0, 0, 140, 40], [150, 0, 190, 40], [100, 2, 140, 42]])
    found = match(crowd, Faces(boxes, torch.tensor([0.9, 0.8, 0.7]), crowd.landmarks[[1, 1, 1]]))
    assert found.errors.isnan().tolist() == [True, False]
    assert found.false == 2  # the second box on one face is false, too


def test_pictures_without_faces_or_boxes_are_counted(crowd: Crowd) -> None:
    assert match(crowd, no_faces()).errors.isnan().all()
    nobody = dataclasses.replace(
        crowd,
        boxes=torch.zeros(0, 4),
        landmarks=torch.zeros(0, 5, 2),
        scales=torch.zeros(0),
        angles=torch.zeros(0),
    )
    assert match(nobody, no_faces()).false == 0
    assert match(nobody, Faces(crowd.boxes, torch.tensor([0.9, 0.8]), crowd.landmarks)).false == 2
