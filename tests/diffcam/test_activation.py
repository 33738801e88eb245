"""The closed-form map is Grad-CAM, and the published mask is made of it without dividing by zero."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from ood_core.diffcam import DifferentialClassifier, differential_cam, paper_mask
from ood_core.errors import ShapeError
from tests.diffcam.tiny import tiny_network


def pair(count: int = 3, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, 3, 48, 32, generator=generator), torch.randn(
        count, 3, 48, 32, generator=generator
    )


def grad_cam(network: DifferentialClassifier, before: Tensor, after: Tensor, classes: list[int]) -> Tensor:
    """Selvaraju et al. 2017, eq. 1-2, with a real backward pass: the slow twin of `differential_cam`."""
    features = network.features(before, after).detach().requires_grad_()
    network.classify(features)[range(len(classes)), classes].sum().backward()
    alpha = features.grad.mean(dim=(2, 3), keepdim=True)
    return (alpha * features.detach()).sum(dim=1, keepdim=True).relu()


@pytest.mark.parametrize("classes", [[0, 0, 0], [2, 0, 1], [1, 2, 2]])
def test_the_closed_form_equals_autograds_grad_cam(classes):
    network = tiny_network()
    before, after = pair()
    with torch.inference_mode():
        evidence = differential_cam(network.features(before, after), network.fc.weight, classes)
    torch.testing.assert_close(evidence, grad_cam(network, before, after, classes), rtol=1e-4, atol=1e-7)
    assert evidence.shape[:2] == (3, 1) and (evidence >= 0).all()


def test_a_negative_sign_finds_the_evidence_against_the_class():
    network = tiny_network()
    features = network.features(*pair()).detach()
    weight = network.fc.weight.detach()
    against = differential_cam(features, weight, [1] * 3, [-1.0] * 3)
    torch.testing.assert_close(against, differential_cam(features, -weight, [1] * 3))
    mixed = differential_cam(features, weight, [1] * 3, [1.0, -1.0, 1.0])
    torch.testing.assert_close(mixed[1], against[1])
    assert not (mixed[0] * against[0]).any()


@pytest.mark.parametrize(
    "classes, signs", [([0], None), ([0, 1, 3], None), ([0, 1, -1], None), ([0, 1, 2], [1.0])]
)
def test_classes_and_signs_must_fit_the_batch_and_the_head(classes, signs):
    with pytest.raises(ShapeError):
        differential_cam(torch.zeros(3, 8, 2, 2), torch.zeros(3, 8), classes, signs)
    with pytest.raises(ShapeError, match="channels"):
        differential_cam(torch.zeros(1, 8, 2, 2), torch.zeros(3, 9), [0])


def test_the_published_mask_is_bilinear_then_normalised_then_nearest():
    evidence = torch.rand(2, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    mask = paper_mask(evidence, 16, 64)
    for sample, map_ in zip(mask, evidence, strict=True):
        heat = F.interpolate(map_[None], size=16, mode="bilinear")[0]
        heat = (heat - heat.min()) / (heat - heat.min()).max()
        assert torch.equal(sample, heat.repeat_interleave(4, 1).repeat_interleave(4, 2))
    assert mask.amin() == 0 and (mask.amax(dim=(1, 2, 3)) == 1).all()


@pytest.mark.parametrize("value", [0.0, 0.3])
def test_evidence_without_a_place_gives_zeros_instead_of_nan(value):
    evidence = torch.rand(2, 1, 4, 4)
    evidence[1] = value
    mask = paper_mask(evidence, 16, (20, 30))
    assert mask.shape == (2, 1, 20, 30)
    assert mask.isfinite().all() and mask[0].max() == 1 and not mask[1].any()


def test_several_attributes_are_united():
    evidence = torch.rand(1, 3, 4, 4)
    single = [paper_mask(evidence[:, a, None], 16, 32) for a in range(3)]
    assert torch.equal(paper_mask(evidence, 16, 32), torch.stack(single).amax(dim=0))
