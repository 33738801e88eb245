"""Threshold, growth and feather do what their names say."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from ood_core.diffcam import AS_FOUND, MaskShape, shape_mask
from ood_core.errors import ShapeError


def dot(side: int = 41, half: int = 2) -> Tensor:
    mask = torch.zeros(1, 1, side, side)
    middle = side // 2
    mask[..., middle - half : middle + half + 1, middle - half : middle + half + 1] = 1
    return mask


def test_nothing_asked_for_changes_nothing():
    mask = torch.rand(2, 1, 20, 30)
    assert torch.equal(shape_mask(mask, AS_FOUND), mask)


def test_the_threshold_separates_strictly():
    mask = torch.tensor([0.0, 0.49, 0.5, 0.5001, 1.0]).reshape(1, 1, 1, 5)
    assert shape_mask(mask, MaskShape(threshold=0.5)).flatten().tolist() == [0, 0, 0, 1, 1]
    assert shape_mask(mask, MaskShape(threshold=0.0)).flatten().tolist() == [0, 1, 1, 1, 1]


@pytest.mark.parametrize("pixels", [1, 4, 9])
def test_growing_reaches_as_far_as_asked_and_is_nearly_round(pixels):
    grown = shape_mask(dot(half=0), MaskShape(grow=pixels))[0, 0]
    rows, columns = torch.nonzero(grown, as_tuple=True)
    distance = ((rows - 20.0) ** 2 + (columns - 20.0) ** 2).sqrt()
    assert distance.max() <= 1.25 * pixels + 0.5
    assert grown[20, 20 + pixels] == 1 and grown[20, 21 + pixels] == 0


def test_shrinking_undoes_growing_of_a_block():
    grown = shape_mask(dot(half=5), MaskShape(grow=4))
    assert torch.equal(shape_mask(grown, MaskShape(grow=-4)), dot(half=5))
    assert not shape_mask(dot(half=1), MaskShape(grow=-2)).any()


def test_a_mask_that_covers_everything_stays():
    full = torch.ones(1, 1, 9, 9)
    assert torch.equal(shape_mask(full, MaskShape(grow=-3)), full)
    torch.testing.assert_close(shape_mask(full, MaskShape(feather=6)), full)


def test_feathering_softens_the_rim_within_its_distance():
    soft = shape_mask(dot(half=8), MaskShape(feather=4))[0, 0]
    assert soft[20, 20] > 0.99 and 0.3 < soft[20, 28] < 0.7
    assert soft[20, 28 + 7] == 0 and soft[20, 28 + 3] > 0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 999), st.floats(0, 1), st.integers(-4, 6), st.floats(0, 8))
def test_the_result_is_always_a_mask(seed, threshold, grow, feather):
    mask = torch.rand(2, 1, 13, 21, generator=torch.Generator().manual_seed(seed))
    shaped = shape_mask(mask, MaskShape(threshold, grow, feather))
    assert shaped.shape == mask.shape and shaped.isfinite().all()
    assert shaped.min() >= 0 and shaped.max() <= 1


def test_impossible_requests_are_refused():
    for wrong in ({"threshold": 1.5}, {"threshold": float("nan")}, {"feather": -1.0}, {"grow": float("inf")}):
        with pytest.raises(ShapeError):
            MaskShape(**wrong)
    with pytest.raises(ShapeError, match="1, H, W"):
        shape_mask(torch.zeros(1, 3, 4, 4), AS_FOUND)


def test_pixels_are_the_picture_s_however_small_the_mask():
    full, small = dot(80, 16), dot(40, 8)
    for grow in (4.0, 3.0, -6.0):
        there = shape_mask(full, MaskShape(grow=grow)).sum() / 4
        assert abs(shape_mask(small, MaskShape(grow=grow), scale=2).sum() - there) < 0.12 * there
    assert shape_mask(small, MaskShape(grow=1.0), scale=8)[0, 0, 20, 20 + 9] > 0, "an eighth of a pixel shows"
