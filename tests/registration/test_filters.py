"""Fast filters agree with their slow twins."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from ood_core.registration.filters import dilate, gaussian, halved
from ood_core.registration.smooth_fields import solve_field, spread_field


@pytest.mark.parametrize("sigma", [0.6, 1.5, 4.0])
def test_a_gaussian_is_the_convolution_with_one(sigma: float) -> None:
    x = torch.rand(1, 2, 40, 50, generator=torch.Generator().manual_seed(0))
    radius = int(2.6 * sigma + 0.9999)
    taps = torch.exp(-(torch.arange(-radius, radius + 1) ** 2) / (2 * sigma**2))
    taps = (taps / taps.sum()).expand(2, 1, -1)
    slow = F.conv2d(F.pad(x, (0, 0, radius, radius), mode="reflect"), taps[..., None], groups=2)
    slow = F.conv2d(F.pad(slow, (radius, radius, 0, 0), mode="reflect"), taps[:, :, None], groups=2)
    assert torch.allclose(gaussian(x, sigma), slow, atol=1e-5)


@pytest.mark.parametrize("size", [(40, 50), (41, 50), (40, 51)])
def test_halving_is_pooling(size: tuple[int, int]) -> None:
    x = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(0))
    slow = F.avg_pool2d(x, 2, ceil_mode=True, count_include_pad=False)
    assert torch.allclose(halved(x), slow, atol=1e-6)


def test_a_field_is_spread_bicubically() -> None:
    field = torch.randn(1, 2, 8, 9, generator=torch.Generator().manual_seed(0))
    y, x = ((torch.arange(n) + 0.5) / n for n in (90, 112))
    y, x = (y * 6 + 1) / 8 * 2 - 1, (x * 7 + 1) / 9 * 2 - 1
    grid = torch.stack(torch.broadcast_tensors(x[None], y[:, None]), -1)[None]
    slow = F.grid_sample(field, grid, "bicubic", "border", align_corners=False)
    assert torch.allclose(spread_field(field, (90, 112)), slow, atol=1e-5)
    assert torch.equal(
        spread_field(field, (90, 112), slice(20, 50)), spread_field(field, (90, 112))[..., 20:50, :]
    )


def test_a_wide_gaussian_keeps_the_mean_and_smooths() -> None:
    x = torch.rand(1, 1, 200, 160, generator=torch.Generator().manual_seed(0))
    wide = gaussian(x, 20.0)
    assert float(wide.mean()) == pytest.approx(float(x.mean()), abs=0.01)
    assert float(wide.std()) < 0.03


def test_erosion_undoes_dilation_of_a_square() -> None:
    x = torch.zeros(1, 1, 30, 30)
    x[..., 10:20, 8:22] = 1
    assert torch.equal(dilate(dilate(x, 3), -3), x)


def test_a_field_runs_straight_on_where_nothing_is_known() -> None:
    columns = torch.linspace(-1, 1, 8).expand(1, 1, 6, 8)
    known = (torch.arange(8) < 4).float().expand(1, 1, 6, 8)
    normal = torch.cat([known, 0 * known, known], 1)
    field = solve_field(normal, torch.cat([columns * known, 0 * known], 1), 0.01, (1e-6, 1e-6))
    spread = spread_field(field, (60, 80))
    assert float(spread[0, 0, 30, 76]) == pytest.approx(1.0, abs=0.15)
    assert float(spread[0, 1].abs().max()) < 1e-3
