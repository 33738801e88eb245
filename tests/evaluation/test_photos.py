"""What is counted as found, as missed, as no face, and as put back."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from ood_core.alignment import Faces, no_faces
from ood_core.domains import Crowd
from ood_core.evaluation import real_faces
from ood_core.evaluation.photos import match, round_trip
from ood_core.evaluation.real_faces import turned
from tests.conftest import make_tiny_bundle


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


def test_what_is_cut_out_and_put_back_unedited_has_every_bit() -> None:
    trip = round_trip(make_tiny_bundle(), 2, seed=3)
    assert trip["identical"] == 1 and trip["faces"] > 0 and trip["pixels"] > 1000


def test_a_photograph_and_its_landmarks_are_scaled_and_turned_alike() -> None:
    picture = torch.full((1, 3, 40, 60), -1.0)
    picture[..., 10:13, 50:53] = 1  # a bright spot at (51.5, 11.5)
    points = torch.tensor([[51.5, 11.5], [20, 10], [20, 20], [20, 30], [30, 30]])
    for scale, degrees in ((1.0, 0), (2.0, 30), (3.0, -135)):
        crowd = turned(picture, points, scale, degrees)
        bright = (crowd.image[0, 0] > 0).nonzero().float().mean(dim=0).flip(0) + 0.5
        assert torch.allclose(bright, crowd.landmarks[0, 0], atol=0.5)
        apart = (crowd.landmarks[0, 0] - crowd.landmarks[0, 1]).norm()
        assert apart / (points[0] - points[1]).norm() == pytest.approx(scale, rel=1e-4)


def test_real_faces_are_counted_in_every_photograph_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("skimage")
    monkeypatch.setattr(real_faces, "SCALES", (0.5,))
    rows = real_faces.real_faces_table(lambda picture: no_faces())
    assert [row["recall"] for row in rows] == [0] * len(rows)
    assert rows[0]["group"] == "an astronaut, 0.5 ×" and rows[0]["faces"] == len(real_faces.ANGLES)


def test_without_the_packages_there_are_no_real_faces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(real_faces, "find_spec", lambda package: None)
    assert real_faces.real_faces_table(lambda picture: no_faces()) == []
