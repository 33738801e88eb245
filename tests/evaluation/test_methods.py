"""What each method makes of a sample, on a bundle of random weights."""

from __future__ import annotations

import pytest
import torch

from ood_core.bundle import Bundle
from ood_core.errors import OodError
from ood_core.evaluation.methods import BOUNDS, METHODS, Case, checked_methods
from ood_core.evaluation.poisson import poisson_blend
from ood_core.evaluation.samples import Sample, draw_sample


@pytest.fixture(scope="module")
def sample() -> Sample:
    return draw_sample(7, 1, ("Old", "Smiling"), 32)


@pytest.fixture(scope="module")
def case(sample: Sample, tiny_bundle: Bundle) -> Case:
    return Case(sample.source, sample.edits, tiny_bundle)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_gives_a_picture_and_its_seconds(name: str, case: Case):
    outcome = METHODS[name](case)
    assert outcome.picture.shape == case.picture.shape and outcome.picture.abs().max() <= 1
    assert outcome.mask is None or outcome.mask.shape == (1, 1, 32, 32)
    assert outcome.seconds is not None and outcome.seconds >= 0


@pytest.mark.parametrize("name", ["poisson", "faithful"])
def test_what_keeps_the_picture_keeps_its_bits_outside_the_mask(name: str, case: Case):
    outcome = METHODS[name](case)
    assert outcome.mask is not None
    kept = (outcome.mask == 0).expand_as(case.picture)
    assert torch.equal(outcome.picture[kept], case.picture[kept])


def test_a_copy_is_the_input(case: Case):
    assert torch.equal(METHODS["copy"](case).picture, case.picture)


def test_bounds_leave_what_does_not_change_and_have_no_seconds(case: Case, sample: Sample):
    still = (sample.change == 0).expand_as(sample.source)
    for bound in BOUNDS.values():
        outcome = bound(case, sample)
        assert torch.equal(outcome.picture[still], sample.target[still]) and outcome.seconds is None


def test_no_mask_brings_this_edit_nearer_to_the_truth_than_the_ideal_one(case: Case, sample: Sample):
    edited, mask = METHODS["gan"](case).picture, BOUNDS["ideal"](case, sample).mask
    assert mask is not None

    def error(mask: torch.Tensor) -> torch.Tensor:
        return (torch.lerp(sample.source, edited, mask) - sample.target).square().sum(dim=1)

    for value in (0.0, 0.25, 0.5, 0.75, 1.0):
        assert (error(mask) <= error(torch.full_like(mask, value)) + 1e-6).all()


@pytest.mark.parametrize("box", [(4, 4, 9, 20), (0, 0, 12, 12), (20, 16, 32, 32), (0, 0, 32, 32)])
def test_blending_a_picture_into_itself_gives_it_back_wherever_the_region_lies(box: tuple[int, ...]):
    ramp = torch.linspace(-0.9, 0.9, 32)
    down, across = ramp[:, None].expand(32, 32), ramp.expand(32, 32)
    picture = torch.stack([down, across, -across])[None]
    region = torch.zeros(1, 1, 32, 32, dtype=torch.bool)
    region[..., box[0] : box[2], box[1] : box[3]] = True
    assert (poisson_blend(picture, picture, region) - picture).abs().max() < 5 / 255


def test_blending_carries_gradients_and_not_colours():
    original, region = torch.zeros(1, 3, 32, 32), torch.zeros(1, 1, 32, 32, dtype=torch.bool)
    region[..., 8:24, 8:24] = True
    assert poisson_blend(original, original + 0.5, region).abs().max() < 3 / 255
    assert poisson_blend(original, original + 0.5, torch.zeros_like(region)) is original


@pytest.mark.parametrize("names", [[], ["gan", "gan"], ["magic"]])
def test_methods_are_known_and_named_once(names: list[str]):
    with pytest.raises(OodError):
        checked_methods(names, tuple(METHODS))


@pytest.mark.parametrize("size", [(1, 1), (2, 7), (9, 1)])
def test_a_region_too_narrow_for_poissons_equation_takes_the_edit(size: tuple[int, int]) -> None:
    pytest.importorskip("cv2")
    original, edited = torch.zeros(1, 3, 16, 16), torch.ones(1, 3, 16, 16)
    region = torch.zeros(1, 1, 16, 16, dtype=torch.bool)
    region[..., 4 : 4 + size[0], 4 : 4 + size[1]] = True
    blended = poisson_blend(original, edited, region)
    assert torch.equal(blended, region.expand_as(original).float())
