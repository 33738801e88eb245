"""The composite is the edit inside, the photograph's own bits outside."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ood_core.composition import composite
from ood_core.errors import ShapeError


def images(seed: int, height: int, width: int, batch: int = 1) -> tuple[torch.Tensor, ...]:
    random = torch.Generator().manual_seed(seed)
    original = torch.rand(batch, 3, height, width, generator=random) * 2 - 1
    edited = torch.randn(batch, 3, height, width, generator=random)
    mask = torch.rand(batch, 1, height, width, generator=random)
    mask = torch.where(torch.rand(mask.shape, generator=random) < 0.4, mask.round(), mask)
    return original, edited, mask


@given(seed=st.integers(0, 2**31), height=st.integers(1, 20), width=st.integers(1, 20))
@settings(max_examples=50, deadline=None)
def test_it_is_the_papers_equation_inside_and_the_original_bits_outside(seed, height, width):
    original, edited, mask = images(seed, height, width, batch=2)
    result = composite(original, edited, mask)
    torch.testing.assert_close(result, mask * edited + (1 - mask) * original)
    outside = (mask == 0).expand_as(original)
    assert torch.equal(result[outside], original[outside])


def test_a_full_mask_gives_the_edit_exactly():
    original, edited, mask = images(0, 8, 8)
    assert torch.equal(composite(original, edited, torch.ones_like(mask)), edited)


def test_broken_pixels_of_the_edit_stay_out_where_the_mask_is_empty():
    original, edited, mask = images(0, 4, 4)
    edited[:] = float("nan")
    assert torch.equal(composite(original, edited, torch.zeros_like(mask)), original)


def test_inputs_are_not_changed():
    given_tensors = images(3, 8, 8)
    copies = [tensor.clone() for tensor in given_tensors]
    composite(*given_tensors)
    assert all(torch.equal(a, b) for a, b in zip(given_tensors, copies, strict=True))


def test_sizes_that_differ_are_refused_with_both_named():
    original, edited, mask = images(0, 8, 8)
    with pytest.raises(ShapeError, match=r"\[1, 3, 8, 8\] and \[1, 3, 8, 7\]"):
        composite(original, edited[..., :7], mask)
    with pytest.raises(ShapeError, match=r"must be \[1, 1, 8, 8\]"):
        composite(original, edited, mask[..., :7])
