"""A second, closer look at the landmarks."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from ood_core.alignment import Faces, face_detector
from ood_core.alignment.landmarker import Landmarker, LandmarkerConfig, look_exactly, windows_on
from ood_core.alignment.views import Views, halvings
from ood_core.bundle import load_bundle
from ood_core.domains.portraits import sample_crowd
from ood_core.evaluation.photos import match

FACE = torch.tensor([[[40.0, 50], [80, 40], [63, 65], [48, 85], [78, 78]]])


class Middle(Landmarker):
    """Says of every window that all five landmarks are in fixed places of it."""

    def __init__(self, places: Tensor) -> None:
        super().__init__(LandmarkerConfig(16, (1, 1, 1, 1), 1))
        self.places = places

    def forward(self, windows: Tensor) -> Tensor:
        return self.places.expand(len(windows), -1, -1)


def found(landmarks: Tensor) -> Faces:
    count = len(landmarks)
    return Faces(torch.zeros(count, 4), torch.ones(count), landmarks)


def test_points_go_into_windows_and_come_back() -> None:
    random = torch.Generator().manual_seed(0)
    views = Views(
        100 * torch.rand(4, 2, generator=random),
        20 + 30 * torch.rand(4, generator=random),
        6 * torch.rand(4, generator=random) - 3,
        torch.tensor([1.0, -1, 1, -1]),
    )
    points = 100 * torch.rand(4, 5, 2, generator=random)
    assert torch.allclose(views.to_picture(views.from_picture(points, 64), 64), points, atol=1e-3)


def test_a_face_stands_upright_and_whole_in_its_window() -> None:
    inside = windows_on(FACE).from_picture(FACE, 64)[0]
    assert abs(float(inside[0, 1] - inside[1, 1])) < 1e-3, "the eyes lie level"
    assert bool(((inside > 5) & (inside < 59)).all())
    assert torch.allclose(
        (inside[:2].mean(0) + inside[3:].mean(0)) / 2, torch.tensor([32.0, 32.0]), atol=1e-3
    )


def test_what_the_network_sees_is_where_it_is_in_the_picture_mirrored_or_not() -> None:
    views, levels = windows_on(FACE), halvings(torch.zeros(1, 3, 120, 120))
    upright = torch.tensor([[[4.0, 4], [12, 4], [8, 8], [5, 12], [11, 12]]])  # symmetric, so mirrors agree
    exact = look_exactly(levels, Middle(upright), found(FACE)).landmarks
    again = windows_on(views.to_picture(upright, 16)).to_picture(upright, 16)
    assert torch.allclose(exact, again, atol=1e-3)


def test_nobody_is_looked_at_where_nobody_was_found() -> None:
    network = Landmarker(LandmarkerConfig(16, (1, 1, 1, 1), 1)).eval().requires_grad_(False)
    assert len(look_exactly([torch.zeros(1, 3, 32, 32)], network, found(FACE[:0]))) == 0


def test_any_number_of_faces_keeps_boxes_and_scores() -> None:
    network = Landmarker(LandmarkerConfig(16, (1, 1, 1, 1), 1)).eval().requires_grad_(False)
    many = found(FACE.repeat(70, 1, 1))
    exact = look_exactly(halvings(torch.zeros(1, 3, 120, 120)), network, many)
    assert exact.landmarks.shape == (70, 5, 2)
    assert exact.boxes is many.boxes and exact.scores is many.scores


@pytest.mark.parametrize("numbers", [{"side": 40}, {"side": 0}, {"widths": (1, 2)}, {"hidden": 0}])
def test_sizes_that_cannot_be_are_refused(numbers: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="landmarker"):
        LandmarkerConfig(**numbers)  # type: ignore[arg-type]


def test_landmarks_of_drawn_faces_are_within_three_percent_of_the_distance_between_the_eyes() -> None:
    bundle = load_bundle("portraits-128")
    errors = []
    for seed in range(4):
        crowd = sample_crowd(3, (300, 360), torch.Generator().manual_seed(seed))
        faces = face_detector(bundle.detector, bundle.landmarker)(crowd.image)
        errors.append(match(crowd, faces).errors)
    error = torch.cat(errors)
    assert len(error) >= 4 and float(error.nanmean()) < 0.03
    assert float(error.isnan().float().mean()) < 0.2
