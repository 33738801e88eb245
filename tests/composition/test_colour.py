"""Colour matching finds the light of the photograph and nothing else."""

from __future__ import annotations

import pytest
import torch

from ood_core.composition import composite_matched, match_colour
from ood_core.composition.colour import smooth_field

SIZE = 96
Y, X = torch.meshgrid(torch.linspace(-1, 1, SIZE), torch.linspace(-1, 1, SIZE), indexing="ij")
MASK = ((X.abs() < 0.5) & (Y.abs() < 0.2)).float()[None, None]
TINT = torch.tensor([0.15, -0.1, 0.05])[None, :, None, None]
GREEN = torch.tensor([-0.8, 0.7, -0.8])[None, :, None, None]


def field_found(field: torch.Tensor, thing: torch.Tensor | None = None, mask: torch.Tensor = MASK):
    """What is added to the edit if the photograph is the reconstruction, ``field`` and a green thing."""
    random = torch.Generator().manual_seed(0)
    original = 0.3 * torch.randn(1, 3, SIZE, SIZE, generator=random).clamp(-1, 1)
    reconstruction = original - field + 0.02 * torch.randn(original.shape, generator=random)
    if thing is not None:
        original = torch.where(thing, GREEN, original)
    edited = torch.zeros_like(original)
    return match_colour(edited, reconstruction, original, mask)


def worst_inside(found: torch.Tensor, wanted: torch.Tensor) -> float:
    return ((found - wanted) * MASK).abs().max().item()


def test_a_constant_tint_is_recovered():
    assert worst_inside(field_found(TINT), TINT) < 0.02


def test_a_gradient_of_light_is_recovered():
    light = 0.1 * X + 0.1 * Y
    assert worst_inside(field_found(light), light) < 0.03


def test_an_edit_that_fits_already_is_left_alone_to_the_bit():
    image = torch.rand(2, 3, 40, 56, generator=torch.Generator().manual_seed(1)) * 2 - 1
    edited = image.flip(-1)
    mask = torch.rand(2, 1, 40, 56, generator=torch.Generator().manual_seed(2))
    assert torch.equal(match_colour(edited, image, image, mask), edited)


def test_a_hat_over_the_mask_does_not_tint_the_face():
    assert worst_inside(field_found(torch.zeros(1), thing=Y < -0.22), torch.zeros(1)) < 0.02


def test_a_hand_inside_the_mask_is_not_looked_at():
    hand = (X.abs() < 0.4) & (Y.abs() < 0.15)
    assert worst_inside(field_found(TINT, thing=hand), TINT) < 0.02


def test_a_background_the_generator_cannot_draw_does_not_tint_the_face():
    assert worst_inside(field_found(TINT, thing=X.square() + Y.square() > 0.6), TINT) < 0.03


def test_without_an_outside_nothing_is_added():
    full = torch.ones_like(MASK)
    assert torch.equal(field_found(TINT, mask=full), torch.zeros(1, 3, SIZE, SIZE))


def test_each_picture_of_a_batch_is_matched_alone():
    field = torch.cat([TINT, -TINT]).expand(2, 3, SIZE, SIZE)
    image = torch.zeros(2, 3, SIZE, SIZE)
    found = match_colour(image, image - field, image, MASK.expand(2, 1, SIZE, SIZE))
    alone = match_colour(image[:1], image[:1] - field[:1], image[:1], MASK)
    torch.testing.assert_close(found[:1], alone, atol=1e-6, rtol=0)
    torch.testing.assert_close(found[1:], -found[:1])


@pytest.mark.parametrize("size", [(4, 4), (7, 130), (200, 64)])
def test_the_smooth_field_of_a_constant_is_the_constant_at_any_size(size):
    weight = torch.ones(1, 1, *size)
    found = smooth_field(torch.full((1, 3, *size), 0.4), weight)
    torch.testing.assert_close(found, torch.full((1, 3, *size), 0.4), atol=1e-4, rtol=0)


def test_a_matched_composite_takes_up_the_photographs_light_and_keeps_its_bits_outside() -> None:
    reconstruction = torch.full((1, 3, SIZE, SIZE), -0.2)
    original, edited = reconstruction + TINT, reconstruction + 0.3
    coarse = composite_matched(original, reconstruction, edited, MASK)
    assert torch.equal(coarse.where(MASK == 0, original), original)
    assert ((coarse - edited - TINT) * MASK).abs().max() < 0.02


def strands(phase: float) -> torch.Tensor:
    return (0.3 * torch.sin(40 * X + phase)).expand(1, 3, SIZE, SIZE)


def test_detail_that_the_inversion_missed_stays_where_the_edit_only_recolours() -> None:
    """Grey hair keeps its strands, though the generator draws hair smooth."""
    reconstruction = torch.full((1, 3, SIZE, SIZE), -0.4)
    original, edited = reconstruction + strands(0), reconstruction + 0.5
    coarse = composite_matched(original, reconstruction, edited, torch.ones_like(MASK))
    assert (coarse - (strands(0) + 0.1)).abs().max() < 0.05


def test_detail_of_what_the_edit_replaces_does_not_show_through() -> None:
    """Of glasses that are taken off, not even what the generator drew a little beside them stays."""
    skin = torch.full((1, 3, SIZE, SIZE), 0.3)
    original, reconstruction = skin + strands(0), skin + strands(0.8)
    coarse = composite_matched(original, reconstruction, skin, torch.ones_like(MASK))
    plain = original - reconstruction
    assert (coarse - skin).square().mean() < 0.1 * plain.square().mean()


def test_a_leak_of_the_edit_beside_a_thing_leaves_the_thing_whole() -> None:
    """Where T says what I' says, the composite is the photograph, whatever the mask."""
    random = torch.Generator().manual_seed(3)
    original = torch.rand(1, 3, SIZE, SIZE, generator=random) * 2 - 1
    reconstruction = torch.rand(1, 3, SIZE, SIZE, generator=random) * 2 - 1
    coarse = composite_matched(original, reconstruction, reconstruction, torch.ones_like(MASK))
    torch.testing.assert_close(coarse, original, atol=1e-6, rtol=0)
