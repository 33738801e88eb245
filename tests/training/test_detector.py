"""What a detector is trained by."""

from __future__ import annotations

import torch

from ood_core.alignment.yunet import built_in
from ood_core.domains.portraits import landmarks, sample_factors
from ood_core.training.detection_loss import DetectionWeights, assign, detection_loss
from ood_core.training.detector import fit_frame

BOX = torch.tensor([[20.0, 20, 60, 70]])
MARKS = torch.tensor([[[30.0, 38], [50, 38], [40, 48], [33, 58], [47, 58]]])


def test_priors_near_its_middle_answer_for_a_face() -> None:
    raw = built_in()(torch.zeros(1, 3, 96, 96))
    priors, faces, _ = assign(raw, 0, BOX)
    assert len(priors) >= 1 and (faces == 0).all()
    distance = (raw.priors[priors, :2] - torch.tensor([40.0, 45.0])).abs().amax(dim=1)
    assert (distance < 2.5 * raw.priors[priors, 2]).all()


def test_a_prior_answers_for_one_face_only() -> None:
    raw = built_in()(torch.zeros(1, 3, 96, 96))
    priors, _, _ = assign(raw, 0, torch.cat([BOX, BOX + 1, BOX + 3]))
    assert len(priors.unique()) == len(priors)


def test_steps_along_the_gradient_lower_the_loss_and_nobody_is_no_error() -> None:
    network = built_in().train().requires_grad_(True)
    picture = torch.rand(2, 3, 96, 96, generator=torch.Generator().manual_seed(0)) * 2 - 1
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    losses = []
    for _ in range(8):
        loss, _ = detection_loss(
            network(picture), [BOX, BOX[:0]], [MARKS, MARKS[:0]], DetectionWeights(2.0, 10.0)
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.7 * losses[0]
    nobody, _ = detection_loss(network(picture[:1]), [BOX[:0]], [MARKS[:0]], DetectionWeights(2.0, 10.0))
    nobody.backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


def test_the_fitted_frame_gives_back_the_pictures_that_faces_lie_in() -> None:
    people = sample_factors(300, torch.Generator().manual_seed(0))
    points = landmarks(people, 1)
    frame = fit_frame(points)
    eyes = points[:, :2].mean(dim=1)
    down = points[:, 3:].mean(dim=1) - eyes
    half = torch.maximum(
        frame.eyes * (points[:, 1] - points[:, 0]).norm(dim=-1), frame.mouth * down.norm(dim=-1)
    )
    centre = eyes + frame.down * down
    assert (half - 0.5).abs().mean() < 0.02
    assert (centre.mean(dim=0) - 0.5).abs().max() < 0.01
