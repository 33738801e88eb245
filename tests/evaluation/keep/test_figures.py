"""Figures: right for what is known, and no method beats the bound."""

from __future__ import annotations

import pytest
import torch

from ood_core.diffcam.filters import dilate
from ood_core.evaluation.keep.drifts import drift
from ood_core.evaluation.keep.edits import Edited
from ood_core.evaluation.keep.methods import METHODS, Outcome, plain_flow, run_method
from ood_core.evaluation.keep.metrics import figures_of, mask_figures, registration_error, seam
from ood_core.evaluation.keep.pairs import KeepPair
from ood_core.evaluation.keep.repeated import untouched_ssim
from ood_core.evaluation.keep.rivals import Pasted

UNTAUGHT = [name for name in METHODS if not name.startswith("keep")]


def _pair(true: Edited, kind: str = "like Kontext") -> KeepPair:
    return KeepPair("sticker", kind, true, drift(kind, true, torch.Generator().manual_seed(9)))


@pytest.mark.parametrize("kind", ["shift", "gain", "like Kontext", "like Gemini"])
def test_no_method_comes_nearer_than_the_bound(kind: str, square_edit: Edited):
    pytest.importorskip("cv2")
    pair = _pair(square_edit, kind)
    found = {name: figures_of(pair, run_method(name, pair)) for name in UNTAUGHT}
    best = found["bound"]
    assert best["iou"] == best["identical"] == 1 and best["psnr_outside"] == 100 and best["registration"] == 0
    for figures in found.values():
        assert figures["psnr_inside"] <= best["psnr_inside"] + 0.5
        assert figures["iou"] <= 1 and figures["identical"] <= 1


def test_the_true_mask_is_perfect_and_a_mask_of_everything_finds_the_edits_share(square_edit: Edited):
    pair = _pair(square_edit)
    right = mask_figures(pair, square_edit.mask)
    everything = mask_figures(pair, torch.ones_like(square_edit.mask))
    assert right["iou"] == right["ap"] == 1 and right["empty"] == 0
    assert everything["changed"] == 1 and 0 < everything["iou"] < 0.2


def test_a_mask_two_pixels_off_at_the_rim_is_still_right(square_edit: Edited):
    grown = torch.zeros_like(square_edit.mask)
    grown[..., 28:56, 38:66] = 1
    assert mask_figures(_pair(square_edit), grown)["iou"] > 0.98
    assert mask_figures(_pair(square_edit), dilate(square_edit.mask, -2))["iou"] > 0.97
    assert mask_figures(_pair(square_edit), dilate(square_edit.mask, -8))["iou"] < 0.5
    assert mask_figures(_pair(square_edit), torch.zeros_like(grown))["iou"] == 0
    grown[..., 10:56, 38:66] = 1
    assert mask_figures(_pair(square_edit), grown)["iou"] < 0.7


def test_without_an_edit_only_the_share_of_the_mask_counts(square_edit: Edited):
    still = Edited(square_edit.original, square_edit.original, torch.zeros_like(square_edit.mask))
    figures = mask_figures(_pair(still), torch.zeros_like(still.mask))
    assert figures == {"iou": None, "ap": None, "changed": 0, "empty": 1}


def test_a_map_one_pixel_off_is_off_by_one_pixel_and_worse_than_none_where_nothing_moved(square_edit: Edited):
    pair = _pair(square_edit, "gain")
    off = plain_flow(square_edit.original, pair.drifted.edited) + torch.tensor([0.6, 0.8]).view(1, 2, 1, 1)
    assert registration_error(pair, off) == (pytest.approx(1.0, abs=1e-4), 0)
    outcome = Outcome(Pasted(square_edit.original, square_edit.mask, off), 1.0, None)
    assert figures_of(pair, outcome)["worse"] == 1


def test_a_seam_is_a_step_along_a_rim(square_edit: Edited):
    assert seam(square_edit.edited, square_edit.edited, square_edit.mask) == 0
    stepped = torch.where(square_edit.mask > 0.5, square_edit.edited + 0.1, square_edit.edited)
    assert seam(stepped, square_edit.edited, square_edit.mask) > 1
    assert seam(stepped, square_edit.edited, torch.zeros_like(square_edit.mask)) is None


def test_costs_are_measured_but_not_of_what_is_told_the_truth(square_edit: Edited):
    pair = _pair(square_edit)
    assert run_method("editor", pair).seconds >= 0
    assert run_method("bound", pair).seconds is None and run_method("bound", pair).mebibytes is None


def test_untouched_means_what_no_window_of_ssim_sees_touched(square_edit: Edited):
    touched = (square_edit.mask > 0).float()
    assert untouched_ssim(square_edit.edited, square_edit.original, touched) == 1
    assert untouched_ssim(square_edit.edited, square_edit.original, torch.zeros_like(touched)) < 1
    assert untouched_ssim(square_edit.edited, square_edit.original, torch.ones_like(touched)) is None
