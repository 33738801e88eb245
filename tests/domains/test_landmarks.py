"""The true landmarks are where the picture shows them: found again by what changes with one factor."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from ood_core.domains.portraits import face_outlines, landmarks, render, set_attribute
from tests.domains.people import plain_people

SIDE = 256


@pytest.fixture(scope="module")
def people() -> Tensor:
    """Four plain people, turned and tilted, with their hair out of the face."""
    factors = set_attribute(plain_people(4, seed=5), "fringe", -1.0)
    factors = set_attribute(factors, "turn", torch.tensor([-1.0, 1.0, 0.5, 0.0]))
    return set_attribute(factors, "tilt", torch.tensor([0.0, 1.0, -1.0, 0.5]))


def change(people: Tensor, name: str) -> Tensor:
    """How much each pixel depends on a factor, [B, R, R]."""
    low, high = (render(set_attribute(people, name, value), SIDE).image for value in (-1.0, 1.0))
    return (high - low).abs().sum(1) * ((high - low).abs().amax(1) > 0.05)


def middle(weight: Tensor) -> Tensor:
    """Centre of mass (x, y) of [h, w]."""
    line = torch.arange(SIDE) + 0.5
    return torch.stack([(weight.sum(0) * line).sum(), (weight.sum(1) * line).sum()]) / weight.sum()


def test_eyes_lie_where_the_irises_are(people: Tensor) -> None:
    people = set_attribute(people, "gaze", 0.0)
    found, irises = landmarks(people, SIDE), change(people, "eye_colour")
    for points, iris in zip(found, irises, strict=True):
        split = int(points[:2, 0].mean())
        left, right = iris.clone(), iris.clone()
        left[:, split:], right[:, :split] = 0, 0
        distance = (points[1] - points[0]).norm()
        for point, side in zip(points[:2], (left, right), strict=True):
            assert (middle(side) - point).norm() < 0.06 * distance


def test_mouth_corners_are_the_ends_of_the_lips(people: Tensor) -> None:
    found, lips = landmarks(people, SIDE), change(people, "lip_colour")
    for points, lip in zip(found, lips, strict=True):
        columns = (lip.sum(0) > 0).nonzero().flatten()
        distance = (points[1] - points[0]).norm()
        assert abs(points[3, 0] - columns.min()) < 0.06 * distance
        assert abs(points[4, 0] - columns.max()) < 0.06 * distance


def test_the_nose_lies_in_the_middle_of_what_its_width_changes(people: Tensor) -> None:
    found = landmarks(people, SIDE)
    for points, nose in zip(found, change(people, "nose_width"), strict=True):
        assert abs(points[2, 0] - middle(nose)[0]) < 0.06 * (points[1] - points[0]).norm()


def test_landmarks_are_pixels_of_the_resolution_asked_for(people: Tensor) -> None:
    assert torch.allclose(landmarks(people, 64) * 4, landmarks(people, 256), atol=1e-3)


def test_a_smile_moves_the_mouth_corners_up_and_apart_and_nothing_else(people: Tensor) -> None:
    people = set_attribute(people, "tilt", 0.0)
    plain, smiling = landmarks(people), landmarks(set_attribute(people, "Smiling", 1.0))
    assert torch.equal(plain[:, :3], smiling[:, :3])
    assert (smiling[:, 3:, 1] < plain[:, 3:, 1]).all()
    assert (smiling[:, 4, 0] - smiling[:, 3, 0] > plain[:, 4, 0] - plain[:, 3, 0]).all()


def test_all_landmarks_lie_within_the_outline_of_the_face(people: Tensor) -> None:
    for points, (centre, right, low) in zip(landmarks(people), face_outlines(people), strict=True):
        axes = torch.stack([right - centre, low - centre], dim=1)
        assert (torch.linalg.solve(axes, (points - centre).T).norm(dim=0) < 1).all()
