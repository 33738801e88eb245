"""Motion between two crops is measured on their pixels, and not made up where there is nothing to see."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from ood_core.alignment import Alignment, align
from ood_core.alignment.motion import moved

SCENE = F.interpolate(
    torch.rand(1, 3, 10, 15, generator=torch.Generator().manual_seed(0)) * 2 - 1,
    size=(160, 240),
    mode="bicubic",
)
CENTRE, AXIS = complex(120, 80), complex(50, 5)


def crop(centre: complex, axis: complex) -> torch.Tensor:
    return align(SCENE, Alignment((centre.real, centre.imag), (axis.real, axis.imag), (160, 240)), 64)


@pytest.mark.parametrize(
    "motion", [(0.0, 0.0, 0.03, -0.02), (0.02, 0.0, 0.0, 0.0), (0.0, -0.03, 0.0, 0.01), (0.0, 0.0, 0.0, 0.0)]
)
def test_a_small_similarity_is_found(motion: tuple[float, float, float, float]) -> None:
    a, b, x, y = motion
    before = crop(CENTRE, AXIS)
    turn = 1 / (1 + complex(a, b))  # the second crop's square moves the other way
    after = crop(CENTRE - AXIS * turn * complex(x, y), AXIS * turn)
    assert moved(before, after).tolist() == pytest.approx(motion, abs=0.003)


def test_where_nothing_small_explains_it_nothing_moved() -> None:
    flat = torch.zeros(1, 3, 64, 64)
    noise = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    assert moved(flat, flat).tolist() == [0, 0, 0, 0]
    for other in (noise, torch.full_like(flat, torch.nan)):
        assert moved(crop(CENTRE, AXIS), other).abs().max() < 0.1
