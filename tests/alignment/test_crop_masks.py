"""Masks say where crops lie in their pictures, and what of a crop is no picture."""

from __future__ import annotations

import pytest
import torch

from ood_core.alignment import Alignment, Crop, centred, crop_masks, paddings


def test_a_square_of_whole_pixels_is_white_and_nothing_else() -> None:
    crops = centred(torch.zeros(2, 3, 20, 30))
    masks = crop_masks(crops)
    assert masks.shape == (2, 1, 20, 30)
    assert (masks[..., 5:25] == 1).all() and not masks[..., :5].any() and not masks[..., 25:].any()
    assert not paddings(crops, (16, 16)).any()


@pytest.mark.parametrize("axis", [(20.0, 0.0), (12.0, 16.0), (0.0, -20.0)])
def test_a_turned_square_covers_its_area(axis: tuple[float, float]) -> None:
    crop = Crop(torch.zeros(1, 3, 100, 120), Alignment((60.0, 50.0), axis, (100, 120)))
    area = float(crop_masks([crop]).sum())
    assert area == pytest.approx(40 * 40, rel=0.02)
    assert not paddings([crop], (32, 32)).any()


def test_faces_of_one_picture_share_its_mask() -> None:
    picture = torch.zeros(1, 3, 50, 100)
    crops = [Crop(picture, Alignment((x, 25.0), (10.0, 0.0), (50, 100))) for x in (20.0, 80.0)]
    mask = crop_masks(crops)
    assert mask.shape == (1, 1, 50, 100) and float(mask.sum()) == 2 * 20 * 20


def test_padding_is_what_lies_beyond_the_border() -> None:
    crop = Crop(torch.zeros(1, 3, 100, 100), Alignment((0.0, 50.0), (20.0, 0.0), (100, 100)))
    padding = paddings([crop], (40, 40))
    assert padding.shape == (1, 1, 40, 40)
    assert (padding[..., :20] == 1).all() and not padding[..., 20:].any()
