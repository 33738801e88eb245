"""Edited squares come back into the photograph where they lay, however they were turned."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from ood_core.alignment import Alignment, align
from ood_core.composition import paste as paste_module
from ood_core.composition import paste_edit, paste_edit_into, paste_mask, paste_square

SMALL = 32


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def turned(x: float, y: float, side: float, degrees: float, size: tuple[int, int]) -> Alignment:
    angle = math.radians(degrees)
    return Alignment((x, y), (side / 2 * math.cos(angle), side / 2 * math.sin(angle)), size)


def blob(size: int = SMALL) -> torch.Tensor:
    mask = torch.zeros(1, 1, size, size)
    mask[..., size // 2 : size * 3 // 4, size // 3 : size * 2 // 3] = 1
    return mask


places = st.builds(
    turned, x=st.floats(0, 100), y=st.floats(0, 80), side=st.floats(8, 150), degrees=st.floats(-180, 180),
    size=st.just((80, 100)),
)  # fmt: skip


@given(place=places, seed=st.integers(0, 999))
@settings(max_examples=60, deadline=None)
def test_outside_the_mask_every_pixel_keeps_its_bits(place: Alignment, seed: int) -> None:
    picture = noise(1, 3, 80, 100, seed=seed)
    before, small = picture.clone(), align(picture, place, SMALL)
    edited, mask = paste_edit(picture, place, small, noise(1, 3, SMALL, SMALL, seed=seed + 1), blob())
    outside = (mask == 0).expand_as(picture)
    assert torch.equal(edited[outside], picture[outside]) and torch.equal(picture, before)
    assert edited.abs().max() <= 1 and mask.min() >= 0 and mask.max() <= 1
    assert torch.equal(mask, paste_mask(blob(), place, (80, 100)))


@given(place=places)
@settings(max_examples=40, deadline=None)
def test_there_and_back_without_an_edit_is_the_picture_bit_for_bit(place: Alignment) -> None:
    picture = noise(1, 3, 80, 100)
    small = align(picture, place, SMALL)
    edited, mask = paste_edit(picture, place, small, small.clone(), torch.ones(1, 1, SMALL, SMALL))
    assert torch.equal(edited, picture)


@pytest.mark.parametrize("degrees", [0.0, 30.0, 90.0, 180.0, -140.0])
@pytest.mark.parametrize("side", [20.0, 64.0, 200.0])
def test_the_change_arrives_where_the_face_is(degrees: float, side: float) -> None:
    place = turned(150.3, 149.6, side, degrees, (300, 300))
    picture = torch.zeros(1, 3, 300, 300)
    small = align(picture, place, SMALL)
    edited, mask = paste_edit(picture, place, small, small + 0.5 * blob(), blob())
    again = align(edited, place, SMALL)
    wide = F.max_pool2d(blob(), 5, 1, 2)
    core = 1 - F.max_pool2d(1 - blob(), 5, 1, 2)
    assert torch.allclose(again[core.expand_as(again) > 0], torch.tensor(0.5), atol=0.03)
    assert again[(1 - wide).expand_as(again) > 0].abs().max() < 0.03
    assert float(mask.sum()) == pytest.approx(float(blob().mean()) * side**2, rel=0.15)


def test_a_light_change_keeps_the_photographs_own_grain() -> None:
    picture = 0.3 * noise(1, 3, 300, 300)
    place = turned(150.0, 150.0, 200.0, 25.0, (300, 300))
    small = align(picture, place, SMALL)
    edited, mask = paste_edit(picture, place, small, small + 0.05, torch.ones(1, 1, SMALL, SMALL))
    middle = (slice(None), slice(None), slice(120, 180), slice(120, 180))
    assert torch.allclose(edited[middle] - picture[middle], torch.tensor(0.05), atol=0.01)


def test_the_rim_of_a_turned_square_is_no_edge() -> None:
    picture = torch.zeros(1, 3, 200, 200)
    place = turned(100.0, 100.0, 120.0, 20.0, (200, 200))
    small = align(picture, place, SMALL)
    edited, _ = paste_edit(picture, place, small, small + 1, torch.ones(1, 1, SMALL, SMALL))
    steps = torch.cat([edited.diff(dim=2).flatten(), edited.diff(dim=3).flatten()]).abs()
    assert edited.max() > 0.99 and steps.max() < 0.7


def test_strips_give_the_bits_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    picture, place = noise(1, 3, 120, 130), turned(60.0, 66.0, 90.0, 33.0, (120, 130))
    arguments = (picture, place, align(picture, place, SMALL), noise(1, 3, SMALL, SMALL, seed=1), blob())
    whole = paste_edit(*arguments)
    monkeypatch.setattr(paste_module, "_PIXELS", 500)
    for once, in_strips in zip(whole, paste_edit(*arguments), strict=True):
        assert torch.equal(once, in_strips)


def test_faces_pasted_one_after_the_other_share_one_mask() -> None:
    picture = noise(1, 3, 80, 200)
    places = [turned(50.0, 40.0, 60.0, 15.0, (80, 200)), turned(150.0, 40.0, 60.0, -15.0, (80, 200))]
    canvas, whole = picture.clone(), torch.zeros(1, 1, 80, 200)
    for place in places:
        small = align(picture, place, SMALL)
        paste_edit_into(canvas, whole, place, small, -small, blob())
    assert whole[..., :100].any() and whole[..., 100:].any()
    outside = (whole == 0).expand_as(picture)
    assert torch.equal(canvas[outside], picture[outside])
    alone, _ = paste_edit(
        picture, places[0], align(picture, places[0], SMALL), -align(picture, places[0], SMALL), blob()
    )
    assert torch.equal(canvas[..., :100], alone[..., :100])


def test_an_empty_mask_touches_nothing() -> None:
    picture, place = noise(1, 3, 60, 60), turned(30.0, 30.0, 40.0, 10.0, (60, 60))
    small = align(picture, place, SMALL)
    edited, mask = paste_edit(picture, place, small, -small, torch.zeros(1, 1, SMALL, SMALL))
    assert torch.equal(edited, picture) and not mask.any()


def test_a_whole_square_can_be_put_back_turned() -> None:
    picture, place = torch.zeros(1, 3, 100, 100), turned(50.0, 50.0, 40.0, 45.0, (100, 100))
    pasted = paste_square(picture, torch.ones(1, 3, SMALL, SMALL), place)
    assert pasted[0, 0, 50, 50] == 1 and pasted[0, 0, 33, 33] == 0 and pasted[0, 0, 50, 24] == 1
    assert float(pasted.mean()) == pytest.approx(0.16, abs=0.003)
