"""Directions in every published shape and unit mean the same step."""

from __future__ import annotations

import math

import pytest
import torch

from ood_core.editing.formats import as_direction
from ood_core.errors import ShapeError

STYLES, WIDTH = 18, 512


@pytest.mark.parametrize("shape", [(512,), (1, 512)])
def test_a_direction_of_w_moves_every_style_alike(shape: tuple[int, ...]) -> None:
    w = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    found = as_direction(w, STYLES, WIDTH).tensor
    assert found.shape == (STYLES, WIDTH)
    assert torch.allclose(found[3], (w / w.norm()).reshape(WIDTH) / math.sqrt(STYLES), atol=1e-7)
    assert float(found.norm()) == pytest.approx(1)


@pytest.mark.parametrize("shape", [(18, 512), (1, 18, 512), (9216,), (1, 9216)])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16])
def test_a_direction_of_every_style_keeps_its_shape(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    full = torch.randn(STYLES, WIDTH, generator=torch.Generator().manual_seed(0)).to(dtype)
    found = as_direction(full.reshape(shape), STYLES, WIDTH).tensor
    assert found.dtype == torch.float32
    assert torch.equal(found, (full.double() / full.double().norm()).float())


@pytest.mark.parametrize(("styles", "width"), [(14, 512), (16, 512), (8, 16)])
def test_any_generator_has_directions(styles: int, width: int) -> None:
    assert as_direction(torch.ones(styles * width), styles, width).tensor.shape == (styles, width)


@pytest.mark.parametrize(
    ("norm", "unit"), [("total", 1.0), ("layer", math.sqrt(STYLES)), ("raw", 2 * math.sqrt(STYLES))]
)
def test_a_strength_means_the_same_step_in_each_convention(norm: str, unit: float) -> None:
    w = torch.zeros(1, WIDTH)
    w[0, 0] = 2.0
    found = as_direction(w, STYLES, WIDTH, norm)  # type: ignore[arg-type]
    assert found.unit == pytest.approx(unit)
    step = 3 * found.unit * found.tensor
    expected = {"total": 3 / math.sqrt(STYLES), "layer": 3.0, "raw": 6.0}[norm]
    assert float(step[5, 0]) == pytest.approx(expected)


@pytest.mark.parametrize(
    "wrong", [torch.ones(14, 512), torch.ones(3), torch.zeros(512), torch.full((512,), torch.nan)]
)
def test_what_is_no_direction_is_refused(wrong: torch.Tensor) -> None:
    with pytest.raises(ShapeError):
        as_direction(wrong, STYLES, WIDTH)
