"""Only the edit travels to the picture's own size."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from ood_core.composition import carry_up, composite, overlay, paste_edit, paste_square
from ood_core.composition.native import kept_detail
from ood_core.errors import ShapeError
from ood_core.images import centre_square, resize_area

SMALL = 32


def scene(seed: int, height: int, width: int, batch: int = 1) -> tuple[torch.Tensor, ...]:
    """A picture, its small version, an edit of that through a box-shaped soft mask, and the mask."""
    random = torch.Generator().manual_seed(seed)
    picture = torch.rand(batch, 3, height, width, generator=random) * 2 - 1
    small = resize_area(picture, SMALL)
    top, left = (int(torch.randint(0, SMALL - 8, (1,), generator=random)) for _ in range(2))
    mask = torch.zeros(batch, 1, SMALL, SMALL)
    mask[..., top : top + 8, left : left + 8] = torch.rand(batch, 1, 8, 8, generator=random)
    edited = torch.rand(small.shape, generator=random) * 2 - 1
    return picture, small, composite(small, edited, mask), mask


@given(seed=st.integers(0, 2**31), height=st.integers(5, 131), width=st.integers(5, 131))
@settings(max_examples=60, deadline=None)
def test_outside_the_mask_the_picture_keeps_its_bits_at_any_size(seed, height, width):
    picture, small, result, mask = scene(seed, height, width)
    carried, mask_native = carry_up(picture, small, result, mask)
    assert carried.shape == picture.shape and mask_native.shape == (1, 1, height, width)
    assert carried.abs().max() <= 1 and mask_native.min() >= 0 and mask_native.max() <= 1
    outside = (mask_native == 0).expand_as(picture)
    assert torch.equal(carried[outside], picture[outside])


@given(seed=st.integers(0, 2**31), size=st.sampled_from([33, 47, 64, 97]))
@settings(max_examples=20, deadline=None)
def test_the_mask_reaches_no_further_than_one_small_pixel(seed, size):
    picture, small, result, mask = scene(seed, size, size)
    _, mask_native = carry_up(picture, small, result, mask)
    grown = F.max_pool2d(mask, 3, stride=1, padding=1)
    assert torch.all(mask_native[F.interpolate(grown, size=(size, size), mode="nearest") == 0] == 0)


def test_an_empty_mask_gives_the_picture_back():
    picture, small, _, mask = scene(0, 75, 75)
    carried, mask_native = carry_up(picture, small, small, torch.zeros_like(mask))
    assert torch.equal(carried, picture) and mask_native.count_nonzero() == 0


def test_an_edit_that_changed_nothing_gives_the_picture_back_wherever_the_mask_is():
    picture, small, _, mask = scene(0, 75, 75)
    carried, _ = carry_up(picture, small, small, torch.ones_like(mask))
    assert torch.equal(carried, picture)


def test_at_the_bundles_own_size_the_result_arrives_unchanged():
    picture, small, result, mask = scene(4, SMALL, SMALL)
    carried, mask_native = carry_up(picture, small, result, mask)
    assert torch.equal(carried, result) and torch.equal(mask_native, mask)


def eyeglasses(size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Grainy skin, and the same with a thin dark ring; the grain is finer than the small image can hold."""
    y, x = torch.meshgrid(torch.linspace(-1, 1, size), torch.linspace(-1, 1, size), indexing="ij")
    grain = 0.1 * torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(5))
    skin = 0.2 + 0.1 * x + grain
    ring = ((x.square() + y.square()).sqrt() - 0.4).abs() < 0.02
    return skin, torch.where(ring, torch.tensor(-0.9), skin)


def edit_away(before: torch.Tensor, after: torch.Tensor, small: int = 64) -> torch.Tensor:
    original, target = resize_area(before, small), resize_area(after, small)
    return carry_up(before, original, target, torch.ones(1, 1, small, small))[0]


def test_removed_eyeglasses_leave_no_outline():
    skin, worn = eyeglasses(512)
    rim = (worn - skin).abs().amax(dim=1, keepdim=True) > 0.5
    near = F.max_pool2d(rim.float(), 9, stride=1, padding=4) > 0
    error = (edit_away(worn, skin) - skin).mean(dim=1, keepdim=True)[near]
    only_added = (worn + F.interpolate(resize_area(skin - worn, 64), 512, mode="bicubic") - skin).mean(
        1, True
    )
    assert error.square().mean().sqrt() < 0.1
    assert error.square().mean() < 0.1 * only_added[near].square().mean()


def test_other_light_keeps_the_grain_of_the_skin():
    skin, _ = eyeglasses(512)
    carried = edit_away(skin, skin + 0.1)
    assert F.mse_loss(carried, skin + 0.1) < 0.02 * 0.1**2


def test_detail_is_kept_exactly_where_nothing_changed():
    image = torch.rand(1, 3, 24, 24, generator=torch.Generator().manual_seed(0))
    result = image.clone()
    result[..., :8, :8] += 1
    kept = kept_detail(image, result)
    assert torch.all(kept[..., 11:, :] == 1) and kept[..., :8, :8].max() < 0.2


def test_a_picture_of_another_batch_is_refused():
    picture, small, result, mask = scene(0, 40, 40)
    with pytest.raises(ShapeError, match=r"\[1, 3, H, W\]"):
        carry_up(picture.repeat(2, 1, 1, 1), small, result, mask)


@given(height=st.integers(1, 30), width=st.integers(1, 30))
@settings(max_examples=30, deadline=None)
def test_a_square_goes_back_where_it_was_cut_and_touches_nothing_else(height, width):
    picture = torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(0))
    before = picture.clone()
    square, box = centre_square(picture)
    pasted = paste_square(picture, -square, box)
    assert torch.equal(box.crop(pasted), -box.crop(before))
    box.crop(pasted).neg_()
    assert torch.equal(pasted, before) and torch.equal(picture, before)


def test_a_square_of_another_size_is_refused():
    picture = torch.zeros(1, 3, 8, 10)
    square, box = centre_square(picture)
    with pytest.raises(ShapeError, match="does not fit"):
        paste_square(picture, square[..., :-1], box)


def test_an_edit_of_a_pictures_square_leaves_everything_beside_the_square_alone() -> None:
    picture = torch.rand(1, 3, 48, 80, generator=torch.Generator().manual_seed(3)) * 2 - 1
    square, box = centre_square(picture)
    small = resize_area(square, 16)
    edited, mask = paste_edit(picture, box, small, small + 0.2, torch.ones(1, 1, 16, 16))
    assert mask.shape == (1, 1, 48, 80)
    assert (mask[..., 16:64] == 1).all() and (mask.sum() == 48 * 48)
    assert torch.equal(edited[..., :16], picture[..., :16])
    assert (edited[..., 16:64] != picture[..., 16:64]).any()


def test_an_overlay_tints_only_what_the_mask_takes() -> None:
    picture = torch.zeros(1, 3, 8, 8)
    mask = torch.zeros(1, 1, 8, 8)
    mask[..., :4] = 1
    shown = overlay(picture, mask)
    assert torch.equal(shown[..., 4:], picture[..., 4:])
    assert (shown[:, 0, :, :4] > shown[:, 2, :, :4]).all()
