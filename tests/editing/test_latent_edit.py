"""Directions, several at once, with signed strengths."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ood_core.editing import latent_edit
from ood_core.errors import AttributeNameError, OodError, ShapeError, StrengthError

L, D = 6, 4
DIRECTIONS = {
    name: torch.randn(L, D, generator=torch.Generator().manual_seed(i))
    for i, name in enumerate(("Smiling", "Old", "Beard"))
}
DEFAULTS = {"Smiling": 3.0, "Old": -2.0, "Beard": 1.5}
LATENTS = torch.randn(2, L, D, generator=torch.Generator().manual_seed(9))
finite = st.floats(-5, 5, allow_nan=False)


def test_strength_one_is_the_default_edit():
    edited = latent_edit(LATENTS, DIRECTIONS, {"Smiling": 1.0}, DEFAULTS)
    torch.testing.assert_close(edited, LATENTS + 3.0 * DIRECTIONS["Smiling"])


@given(finite, finite)
def test_edits_add_up(smile, age):
    both = latent_edit(LATENTS, DIRECTIONS, {"Smiling": smile, "Old": age}, DEFAULTS)
    one = latent_edit(LATENTS, DIRECTIONS, {"Smiling": smile}, DEFAULTS)
    torch.testing.assert_close(both, latent_edit(one, DIRECTIONS, {"Old": age}, DEFAULTS))


@given(finite)
def test_opposite_strengths_cancel(strength):
    there = latent_edit(LATENTS, DIRECTIONS, {"Beard": strength}, DEFAULTS)
    back = latent_edit(there, DIRECTIONS, {"Beard": -strength}, DEFAULTS)
    torch.testing.assert_close(back, LATENTS, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("strengths", [{}, {"Old": 0}, {"Old": 0.0, "Beard": -0.0}])
def test_no_strength_leaves_the_very_same_numbers(strengths):
    assert torch.equal(latent_edit(LATENTS, DIRECTIONS, strengths, DEFAULTS), LATENTS)


def test_inputs_are_not_changed():
    latents, kept = LATENTS.clone(), {name: d.clone() for name, d in DIRECTIONS.items()}
    latent_edit(latents, DIRECTIONS, {"Smiling": 2.0, "Old": -1.0}, DEFAULTS)
    assert torch.equal(latents, LATENTS)
    assert all(torch.equal(DIRECTIONS[name], kept[name]) for name in kept)


def test_an_attribute_without_a_default_moves_by_the_direction_itself():
    edited = latent_edit(LATENTS, DIRECTIONS, {"Old": 2.0}, {})
    torch.testing.assert_close(edited, LATENTS + 2 * DIRECTIONS["Old"])


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(AttributeNameError, match="'Smile'.*Beard, Old, Smiling"):
        latent_edit(LATENTS, DIRECTIONS, {"Smile": 1.0}, DEFAULTS)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -float("inf"), "1", None, True, 1j, [1.0]])
def test_a_strength_that_is_no_finite_number_is_refused(wrong):
    with pytest.raises(StrengthError, match="Smiling"):
        latent_edit(LATENTS, DIRECTIONS, {"Smiling": wrong}, DEFAULTS)
    assert issubclass(StrengthError, OodError)


@pytest.mark.parametrize("number", [1, np.float32(0.5), np.int64(2)])
def test_any_real_number_will_do(number):
    edited = latent_edit(LATENTS, DIRECTIONS, {"Old": number}, DEFAULTS)
    torch.testing.assert_close(edited, LATENTS + float(number) * -2.0 * DIRECTIONS["Old"])


def test_a_direction_of_another_generator_is_refused_even_at_strength_zero():
    with pytest.raises(ShapeError, match="Odd"):
        latent_edit(LATENTS, {"Odd": torch.zeros(L + 2, D)}, {"Odd": 0.0}, {})


def test_directions_of_another_precision_leave_the_latents_their_own():
    edited = latent_edit(LATENTS, {"Old": DIRECTIONS["Old"].double()}, {"Old": 1.0}, {})
    assert edited.dtype == torch.float32
