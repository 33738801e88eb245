"""The whole stage: pictures of any size in; mask, evidence and scores out."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from ood_core.diffcam import (
    differential_cam,
    faithful_diffcam,
    faithful_mask,
    paper_diffcam,
    paper_mask,
)
from ood_core.errors import ShapeError
from ood_core.images import resize_area
from tests.diffcam.tiny import tiny_network


def pictures(size: tuple[int, int] = (64, 64), count: int = 2) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    before = torch.rand(count, 3, *size, generator=generator) * 2 - 1
    after = before.clone()
    after[..., 10:30, 20:40] *= -0.5
    return before, after


@pytest.mark.parametrize("mode", ["faithful", "paper"])
@pytest.mark.parametrize("size", [(64, 64), (32, 32), (48, 96), (24, 24)])
def test_every_mode_and_size_gives_a_mask_evidence_and_probabilities(mode, size):
    find = {"faithful": faithful_diffcam, "paper": paper_diffcam}[mode]
    found = find(*pictures(size), tiny_network(), [0, 2])
    assert found.mask.shape == (2, 1, *size) and 0 <= found.mask.min() and found.mask.max() <= 1
    assert found.evidence.shape == (2, 2, 4, 4) and (found.evidence >= 0).all()
    assert found.scores.shape == (2, 3)
    torch.testing.assert_close(found.scores.sum(dim=1), torch.ones(2))


def test_paper_mode_is_the_published_computation():
    network, (before, after) = tiny_network(), pictures()
    found = paper_diffcam(before, after, network, [1])
    features = network.features(resize_area(before, 32), resize_area(after, 32))
    evidence = differential_cam(features, network.fc.weight, [1, 1]).detach()
    assert torch.equal(found.mask, paper_mask(evidence, 32, 64))


def test_faithful_mode_uses_the_original_and_the_settings():
    network, (before, after) = tiny_network(), pictures()
    found = faithful_diffcam(before, after, network, [1], original=-before)
    assert torch.equal(found.mask, faithful_mask(before, after, found.evidence, -before))


def test_each_sample_may_have_its_own_class():
    network, (before, after) = tiny_network(), pictures()
    mixed = faithful_diffcam(before, after, network, [[2, 0]]).evidence
    for sample, index in enumerate((2, 0)):
        alone = faithful_diffcam(before, after, network, [index]).evidence
        torch.testing.assert_close(mixed[sample], alone[sample])


def test_an_attribute_without_a_class_goes_by_the_difference_alone():
    network, (before, after) = tiny_network(), pictures()
    found = faithful_diffcam(before, after, network, [None])
    assert torch.equal(found.mask, faithful_mask(before, after)) and not found.evidence.any()
    assert torch.equal(found.mask, faithful_diffcam(before, after, network).mask)


def test_in_paper_mode_it_goes_by_the_class_the_network_names():
    network, (before, after) = tiny_network(), pictures()
    found = paper_diffcam(before, after, network, [None])
    named = found.scores.argmax(dim=1).tolist()
    assert torch.equal(found.mask, paper_diffcam(before, after, network, [named]).mask)


def test_signs_choose_between_evidence_for_and_against():
    network, (before, after) = tiny_network(), pictures()
    both = faithful_diffcam(before, after, network, [1, 1], [1.0, -1.0]).evidence
    assert not (both[:, 0] * both[:, 1]).any() and both.any()


def test_without_a_network_the_change_alone_decides():
    before, after = pictures()
    found = faithful_diffcam(before, after, None, [0], original=-before)
    assert torch.equal(found.mask, faithful_mask(before, after, None, -before))
    assert found.scores is None and found.evidence is None


@pytest.mark.parametrize("classes", [[0], [0, 1, 2], [None]])
def test_no_edit_gives_an_empty_mask(classes):
    before, _ = pictures()
    assert not faithful_diffcam(before, before.clone(), tiny_network(), classes, original=-before).mask.any()


def test_nothing_keeps_a_gradient_and_inference_mode_makes_no_difference():
    network, (before, after) = tiny_network(), pictures()
    found = faithful_diffcam(before, after, network, [0])
    assert found.changes is None
    assert not any(tensor.requires_grad for tensor in found[:-1])
    with torch.inference_mode():
        again = faithful_diffcam(before, after, network, [0])
    assert all(torch.equal(a, b) for a, b in zip(found[:-1], again[:-1], strict=True))


def test_what_does_not_fit_is_refused():
    network, (before, after) = tiny_network(), pictures()
    with pytest.raises(ShapeError, match="signs"):
        faithful_diffcam(before, after, network, [0, 1], [1.0])
    with pytest.raises(ShapeError, match="0 to 2"):
        faithful_diffcam(before, after, network, [7])
