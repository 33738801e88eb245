"""What changed is found beyond drift, by a network that knows no classes and fits any size."""

from __future__ import annotations

import pytest
import torch

from ood_core.diffcam.change_network import WEIGHTS, ChangeNetwork, built_in, change_probability
from ood_core.diffcam.changes import find_changes
from ood_core.registration import register
from tests.registration.scenes import eight_bits, picture, with_disc

CPU = torch.device("cpu")


def test_the_network_is_small() -> None:
    assert sum(p.numel() for p in built_in(CPU).parameters()) <= 500_000
    assert WEIGHTS.stat().st_size <= 2_000_000


@pytest.mark.parametrize("size", [(16, 16), (33, 47), (9, 100)])
def test_any_size_fits(size: tuple[int, int]) -> None:
    inputs = torch.zeros(1, 18, *size)
    found = change_probability(ChangeNetwork().eval(), inputs)
    assert found.shape == (1, 1, *size) and bool(torch.isfinite(found).all())


def test_a_thin_thing_is_found_tightly() -> None:
    original = picture()
    edited = original.clone()
    edited[..., 80:83, 30:190] = 0.9
    mask = find_changes(register(original, eight_bits(edited * 0.96))).mask
    assert float(mask[..., 80:83, 34:186].mean()) > 0.8
    assert float(mask[..., :74, :].max()) == 0 and float(mask[..., 89:, :].max()) == 0


def test_texture_invented_anew_is_no_edit() -> None:
    original = picture()
    noise = torch.randn(original.shape, generator=torch.Generator().manual_seed(2))
    assert float(find_changes(register(original, eight_bits(original + 0.04 * noise))).mask.max()) == 0


def test_with_a_reference_what_both_share_is_drift() -> None:
    original = picture()
    redrawn, disc = with_disc(original, 14, (40, 60))
    edited, other = with_disc(redrawn, 16, (130, 150))
    found = find_changes(register(original, edited), register(original, redrawn)).mask
    assert float((found * disc).sum()) == 0
    assert float((found * other).sum()) > 0.8 * float(other.sum())
