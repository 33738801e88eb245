"""Pictures of several portraits: drawn where the truth says, repeatable, none hiding another."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from ood_core.domains import Placing
from ood_core.domains.portraits import Crowds, landmarks, render, sample_crowd
from ood_core.domains.portraits.cutouts import Spot, cut_out, paste
from tests.domains.people import plain_people


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def person() -> Tensor:
    return plain_people(1, seed=4)


def test_a_framed_portrait_pasted_upright_at_its_size_is_the_portrait(person: Tensor) -> None:
    scene = torch.zeros(1, 3, 80, 100)
    cutout = cut_out(person, [()], torch.tensor([True]), 64)[0]
    _, points = paste(scene, cutout, Spot(60.0, 40.0, 64.0, 0.0))
    drawn = render(person, 64).image
    assert torch.allclose(scene[..., 8:72, 28:92] * 2 - 1, drawn, atol=1e-4)
    assert scene[..., :8, :].abs().max() == 0 and scene[..., :28].abs().max() == 0
    assert torch.allclose(points, landmarks(person, 64)[0] + torch.tensor([28.0, 8.0]), atol=1e-3)


def test_a_quarter_turn_turns_picture_and_landmarks(person: Tensor) -> None:
    scene = torch.zeros(1, 3, 64, 64)
    cutout = cut_out(person, [()], torch.tensor([True]), 64)[0]
    box, points = paste(scene, cutout, Spot(32.0, 32.0, 64.0, torch.pi / 2))
    assert torch.allclose(scene * 2 - 1, render(person, 64).image.rot90(-1, (2, 3)), atol=1e-3)
    upright = landmarks(person, 64)[0]
    assert torch.allclose(points, torch.stack([64 - upright[:, 1], upright[:, 0]], dim=1), atol=1e-3)
    assert (points >= box[:2]).all() and (points <= box[2:]).all()


def test_a_cut_out_portrait_leaves_the_scene_around_it(person: Tensor) -> None:
    scene = torch.full((1, 3, 64, 64), 0.5)
    paste(scene, cut_out(person, [()], torch.tensor([False]), 64)[0], Spot(32.0, 32.0, 64.0, 0.0))
    assert (scene[..., 0, :4] == 0.5).all()
    assert (scene[..., 40, 32] != 0.5).any()


def test_a_portrait_outside_the_scene_changes_nothing(person: Tensor) -> None:
    scene = torch.full((1, 3, 32, 32), 0.5)
    paste(scene, cut_out(person, [()], torch.tensor([True]), 32)[0], Spot(-200.0, 10.0, 32.0, 0.3))
    assert (scene == 0.5).all()


def test_a_crowd_is_drawn_alike_from_the_same_seed_and_keeps_its_limits() -> None:
    crowd, again = (sample_crowd(4, (120, 200), seeded(3), Placing(0.2, 0.6, 30)) for _ in range(2))
    assert torch.equal(crowd.image, again.image) and torch.equal(crowd.landmarks, again.landmarks)
    assert crowd.image.shape == (1, 3, 120, 200)
    assert len(crowd.boxes) == len(crowd.landmarks) == len(crowd.scales) == len(crowd.angles) >= 2
    assert (crowd.scales >= 0.2).all() and (crowd.scales <= 0.6).all() and (crowd.angles.abs() <= 30).all()
    assert (crowd.landmarks >= crowd.boxes[:, None, :2]).all()
    assert (crowd.landmarks <= crowd.boxes[:, None, 2:]).all()


def test_training_crowds_come_out_of_what_was_drawn_once() -> None:
    crowds = Crowds(3, 2, seeded(1))
    first, again = (crowds.sample(3, 96, seeded(2), Placing(0.2, 0.5, 60)) for _ in range(2))
    assert torch.equal(first.image, again.image)
    assert first.image.shape == (1, 3, 96, 96) and first.image.abs().max() <= 1
    assert len(crowds.sample(0, 64, seeded(0), Placing()).boxes) == 0
