"""The figures against values worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from ood_core.evaluation.judgement import JudgedFigures
from ood_core.evaluation.metrics import BEST_PSNR, PixelFigures, ghost_energy
from ood_core.evaluation.samples import Sample

SIZE = 16


def _flat(value: float) -> Tensor:
    return torch.full((1, 3, SIZE, SIZE), value)


def _sample() -> Sample:
    """A grey picture whose upper half becomes lighter by 0.4."""
    change = torch.zeros(1, 1, SIZE, SIZE)
    change[..., : SIZE // 2, :] = 1
    return Sample(_flat(0.0), _flat(0.0) + 0.4 * change, change, torch.zeros_like(change), {"Smiling": 1.0})


def _figures(
    picture: Tensor, mask: Tensor | None = None, kept: Tensor | None = None
) -> dict[str, float | None]:
    figures = PixelFigures()
    everywhere = torch.ones(1, 1, SIZE, SIZE, dtype=torch.bool)
    figures.add(picture, mask, everywhere if kept is None else kept, _sample())
    return figures.figures()


def test_the_truth_gets_the_best_figures_there_are():
    sample = _sample()
    found = _figures(sample.target, sample.change, sample.change == 0)
    assert found["psnr"] == found["psnr_inside"] == found["psnr_outside"] == BEST_PSNR
    for name in ("ssim", "ssim_inside", "ssim_outside"):
        assert found[name] == pytest.approx(1, abs=1e-3)
    assert found["identical_outside_mask"] == found["mask_iou"] == found["mask_ap"] == 1
    assert found["ghost_energy"] == 0


def test_the_unchanged_picture_keeps_every_bit_and_all_of_the_ghost():
    found = _figures(_flat(0.0))
    assert found["identical_outside_mask"] == 1 and found["ghost_energy"] == pytest.approx(1)
    assert found["psnr_outside"] == BEST_PSNR
    assert found["psnr_inside"] == pytest.approx(10 * math.log10(4 / 0.4**2), abs=1e-4)
    assert found["psnr"] == pytest.approx(10 * math.log10(4 / (0.4**2 / 2)), abs=1e-4)
    assert found["mask_iou"] is None and found["mask_ap"] is None


def test_pixels_of_all_samples_are_pooled_before_the_logarithm():
    figures, sample = PixelFigures(), _sample()
    for picture in (sample.target, sample.source):
        figures.add(picture, None, sample.change == 0, sample)
    assert figures.figures()["psnr_inside"] == pytest.approx(10 * math.log10(4 / (0.4**2 / 2)), abs=1e-4)


def test_a_mask_of_half_the_change_has_half_the_overlap():
    mask = torch.zeros(1, 1, SIZE, SIZE)
    mask[..., : SIZE // 4, :] = 1
    found = _figures(_flat(0.0), mask)
    assert found["mask_iou"] == pytest.approx(0.5)
    # half of the change at precision 1, the rest only with everything else, at precision 1/2
    assert found["mask_ap"] == pytest.approx(0.5 * 1 + 0.5 * 0.5)


def test_one_changed_bit_outside_the_mask_is_counted():
    picture, kept = _flat(0.0), _sample().change == 0
    picture[0, 1, -1, -1] = 1e-7
    picture[0, :, 0, 0] = 1  # inside: may change
    assert _figures(picture, kept=kept)["identical_outside_mask"] == 1 - 2 / SIZE**2


@pytest.mark.parametrize(("left", "energy"), [(1.0, 1.0), (0.5, 0.25), (0.0, 0.0), (-0.5, 0.0), (1.5, 1.0)])
def test_ghost_energy_is_the_square_of_what_is_left_on_the_way_from_the_input(left: float, energy: float):
    sample = _sample()
    picture = torch.lerp(sample.target, sample.source, left)
    rest, before = ghost_energy(picture, sample.source, sample.target, sample.change > 0.5)
    assert before == pytest.approx(0.4**2 * 3 * SIZE**2 / 2, rel=1e-5)
    assert rest / before == pytest.approx(energy, abs=1e-6)


def test_an_error_in_another_colour_is_no_ghost():
    sample = _sample()
    picture = sample.target.clone()
    picture[:, 0] += 0.2
    picture[:, 1] -= 0.2
    rest, _ = ghost_energy(picture, sample.source, sample.target, sample.change > 0.5)
    assert rest == pytest.approx(0, abs=1e-5)


def test_success_counts_edits_that_the_judge_can_see_and_leakage_all_others():
    figures = JudgedFigures()
    before, truth = {"Smiling": 0.1, "Old": 0.2}, {"Smiling": 0.9, "Old": 0.2}
    figures.add({"Smiling": 1.0}, before, truth, {"Smiling": 0.8, "Old": 0.3})
    figures.add({"Smiling": 1.0}, before, truth, {"Smiling": 0.3, "Old": 0.2})
    figures.add({"Smiling": 0.5}, before, truth, {"Smiling": 0.3, "Old": 0.2})  # not the whole way
    figures.add({"Smiling": 1.0}, before, before, {"Smiling": 0.1, "Old": 0.2})  # hidden
    figures.add({"Smiling": -1.15}, truth, before, {"Smiling": 0.2, "Old": 0.2})
    found = figures.figures()
    assert found["attribute_success"] == pytest.approx(2 / 3)
    assert found["leakage"] == pytest.approx(0.1 / 5)


def test_nothing_measured_is_no_figure():
    assert set(PixelFigures().figures().values()) == {None}
    assert set(JudgedFigures().figures().values()) == {None}
