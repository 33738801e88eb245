"""Ghosts are the weaker of two overlaid images, and live only where a mask is fractional."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from ood_core.deghosting import deghost_band, fold, synthesise_ghost


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=32))
def test_folding_stays_below_a_half_and_folding_twice_changes_nothing(values):
    mask = torch.tensor(values).reshape(1, 1, 1, -1)
    folded = fold(mask)
    assert folded.min() >= 0 and folded.max() <= 0.5
    assert torch.equal(fold(folded), folded)
    assert torch.equal(folded[mask <= 0.5], mask[mask <= 0.5])


def test_both_ends_fold_to_zero_and_the_middle_is_fixed():
    assert fold(torch.tensor([0.0, 0.5, 1.0])).tolist() == [0.0, 0.5, 0.0]
    torch.testing.assert_close(fold(torch.tensor([0.3, 0.7])), torch.tensor([0.3, 0.3]))


def pictures(size: int = 16) -> tuple[torch.Tensor, ...]:
    random = torch.Generator().manual_seed(0)
    original, edited = torch.rand(2, 1, 3, size, size, generator=random) * 2 - 1
    mask = torch.rand(1, 1, size, size, generator=random)
    mask[..., :4], mask[..., -4:] = 0, 1
    return original, edited, mask


def test_there_is_no_ghost_where_the_mask_is_empty_or_full():
    original, edited, mask = pictures()
    ghost = synthesise_ghost(original, edited, mask)
    assert torch.equal(ghost[..., :4], original[..., :4])
    assert torch.equal(ghost[..., -4:], original[..., -4:])


def test_a_ghost_lies_nearer_to_the_original_than_to_the_edit():
    original, edited, mask = pictures()
    ghost = synthesise_ghost(original, edited, mask)
    assert torch.all((ghost - original).abs() <= (ghost - edited).abs() + 1e-6)


def test_the_band_takes_the_network_only_where_the_mask_is_fractional():
    coarse, network, mask = pictures()
    result = deghost_band(coarse, network, mask)
    assert torch.equal(result[..., :4], coarse[..., :4]) and torch.equal(result[..., -4:], coarse[..., -4:])
    halfway = deghost_band(coarse, network, torch.full_like(mask, 0.5))
    torch.testing.assert_close(halfway, network)


def test_detail_that_the_network_cannot_have_seen_is_the_composites_own():
    """A network that sees blocks of 4 pixels returns them flat and brighter: only the light is taken."""
    coarse = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(3)) - 0.5
    flat = torch.nn.functional.avg_pool2d(coarse, 4).repeat_interleave(4, 2).repeat_interleave(4, 3)
    half = torch.full((1, 1, 16, 16), 0.5)
    result = deghost_band(coarse, flat + 0.2, half, seen=4)
    torch.testing.assert_close(result, coarse + 0.2, atol=1e-5, rtol=0)


def test_the_band_has_no_seam():
    mask = torch.linspace(0, 1, 1001)[None, None, None]
    shape = (1, 3, 1, 1001)
    result = deghost_band(torch.zeros(shape), torch.ones(shape), mask)
    assert result.diff(dim=-1).abs().max() < 0.005


def test_a_broken_network_cannot_reach_outside_the_band():
    coarse, network, mask = pictures()
    network[:] = float("nan")
    result = deghost_band(coarse, network, mask.round())
    assert torch.equal(result, coarse)
