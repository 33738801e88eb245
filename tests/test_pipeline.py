"""What somebody who calls `edit` can rely on, whatever the weights."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ood_core.alignment import centred
from ood_core.errors import AttributeNameError, ImageError, ShapeError, StrengthError
from ood_core.files.levels import from_uint8, to_uint8
from ood_core.pipeline import STAGES, edit_inverted
from ood_core.pipeline import edit as edit_picture
from ood_core.sources import invert
from tests.conftest import make_tiny_bundle

BUNDLE = make_tiny_bundle()
edit = partial(edit_picture, align="never")  # a tiny random bundle knows no faces
STRENGTHS = st.floats(-3, 3, allow_nan=False)


def picture(height: int, width: int, batch: int = 1, seed: int = 0) -> torch.Tensor:
    noise = torch.randint(0, 256, (batch, 3, height, width), generator=torch.Generator().manual_seed(seed))
    return from_uint8(noise.to(torch.uint8).permute(0, 2, 3, 1).numpy())


@settings(deadline=None, max_examples=30)
@given(
    height=st.integers(20, 90),
    width=st.integers(20, 90),
    smiling=STRENGTHS,
    old=STRENGTHS,
    seed=st.integers(0, 99),
)
def test_pixels_outside_the_mask_are_the_inputs_own_bits(height, width, smiling, old, seed):
    image = picture(height, width, seed=seed)
    result = edit(image, BUNDLE, {"Smiling": smiling, "Old": old})
    outside = (result.change == 0).expand_as(image)
    assert result.result.shape == image.shape and result.change.shape == (1, 1, height, width)
    assert torch.equal(result.result[outside], image[outside])
    assert result.result.abs().max() <= 1
    side = min(height, width)
    assert (to_uint8(result.result) == to_uint8(image)).sum() >= 3 * (height * width - side * side)


@pytest.mark.parametrize("edits", [{}, {"Smiling": 0.0}, {"Smiling": 0.0, "Old": 0.0}])
def test_strength_zero_returns_the_input_unchanged(edits):
    image = picture(50, 40)
    result = edit(image, BUNDLE, edits)
    assert torch.equal(result.result, image)
    assert not result.change.any()


@pytest.mark.parametrize("mode", ["faithful", "paper"])
def test_the_same_input_gives_the_same_bits(mode):
    image = picture(48, 48)
    first, second = (edit(image, BUNDLE, {"Smiling": 1.0}, mode) for _ in range(2))
    assert torch.equal(first.result, second.result) and torch.equal(first.change, second.change)


def test_paper_mode_returns_the_deghosting_networks_own_picture():
    image = picture(32, 32)
    result = edit(image, BUNDLE, {"Smiling": 1.0}, "paper")
    assert torch.equal(result.result, BUNDLE.deghoster(result.coarse))
    expected = result.change * result.edited + (1 - result.change) * image
    torch.testing.assert_close(result.coarse, expected, atol=1e-6, rtol=0)


def test_an_inverted_picture_can_be_edited_again_without_inverting():
    image = picture(40, 60)
    inverted = invert(centred(image), BUNDLE)
    again = edit_inverted(inverted, {"Old": 0.7})
    assert torch.equal(again.result, edit(image, BUNDLE, {"Old": 0.7}).result)


def test_a_batch_is_edited_sample_by_sample():
    images = picture(32, 40, batch=2)
    together = edit(images, BUNDLE, {"Smiling": 1.0}).result
    apart = torch.cat([edit(image[None], BUNDLE, {"Smiling": 1.0}).result for image in images])
    torch.testing.assert_close(together, apart, atol=1e-4, rtol=0)


@pytest.mark.parametrize("mode", ["faithful", "paper"])
def test_works_where_gradients_are_forbidden_and_leaves_its_input_alone(mode):
    with torch.inference_mode():
        image = picture(32, 32)
        before = image.clone()
        edit(image, BUNDLE, {"Smiling": 1.0}, mode)
        assert torch.equal(image, before)


def test_a_mask_of_ones_own_is_where_the_edit_happens():
    image = picture(64, 64)
    mask = torch.zeros(1, 1, 64, 64)
    mask[..., 20:40, 10:50] = 1
    result = edit(image, BUNDLE, {"Smiling": 2.0}, mask=mask)
    changed = (result.result != image).any(dim=1, keepdim=True)
    assert changed.any()
    assert not (changed & (mask == 0)).any()
    assert torch.equal(result.change, mask)


def test_what_a_bundle_calls_foreign_is_left_alone():
    image = picture(32, 32)
    everything, nothing = (replace(BUNDLE, foreign=levels) for levels in ((0.0, 0.1), (900.0, 999.0)))
    assert edit(image, nothing, {"Smiling": 1.0}).change.any()
    assert not edit(image, everything, {"Smiling": 1.0}).change.any()


def test_progress_names_every_stage_in_order():
    told: list[str] = []
    edit(picture(32, 32), BUNDLE, {"Smiling": 1.0}, progress=lambda done, total, note: told.append(note))
    assert told == [*STAGES, "done"]


def test_scores_are_given_for_the_edited_attributes_that_have_a_class():
    result = edit(picture(32, 32, batch=2), BUNDLE, {"Smiling": 1.0, "Old": 1.0})
    assert set(result.scores) == {"Smiling"}
    assert result.scores["Smiling"].shape == (2,)


def test_an_unknown_attribute_is_refused_with_the_known_ones():
    with pytest.raises(AttributeNameError, match="Old, Smiling"):
        edit(picture(32, 32), BUNDLE, {"Hat": 1.0})


@pytest.mark.parametrize("strength", [float("nan"), float("inf"), "much"])
def test_a_strength_that_is_no_finite_number_is_refused(strength):
    with pytest.raises(StrengthError, match="finite"):
        edit(picture(32, 32), BUNDLE, {"Smiling": strength})


@pytest.mark.parametrize("shape", [(3, 32, 32), (1, 4, 32, 32), (1, 3, 0, 32), (0, 3, 32, 32)])
def test_what_is_no_picture_is_refused(shape):
    with pytest.raises(ShapeError, match=r"\[B, 3, H, W\]"):
        edit(torch.zeros(shape), BUNDLE, {"Smiling": 1.0})


@pytest.mark.parametrize("wrong", [torch.float32, torch.uint8])
def test_pictures_of_0_to_255_are_refused_and_not_taken_for_foreign(wrong):
    with pytest.raises(ImageError, match="ranges from 0 to 255; bring it to -1 to 1"):
        edit(torch.arange(256.0).reshape(1, 1, 16, 16).repeat(1, 3, 1, 1).to(wrong), BUNDLE, {"Smiling": 1.0})


def test_a_picture_or_mask_that_is_not_finite_is_refused_by_name():
    with pytest.raises(ImageError, match="the picture holds"):
        edit(picture(32, 32) / 0, BUNDLE, {"Smiling": 1.0})
    with pytest.raises(ImageError, match="the mask holds"):
        edit(picture(32, 32), BUNDLE, {"Smiling": 1.0}, mask=torch.full((1, 1, 32, 32), torch.nan))


def test_a_mask_of_another_size_is_refused_with_both_sizes():
    with pytest.raises(ShapeError, match="32, 32"):
        edit(picture(32, 32), BUNDLE, {"Smiling": 1.0}, mask=torch.zeros(1, 1, 16, 16))


def test_a_finite_strength_beyond_all_reason_is_refused_rather_than_shown():
    with pytest.raises(StrengthError, match="Smiling=1e.40.*try"):
        edit(picture(32, 32), BUNDLE, {"Smiling": 1e40})
