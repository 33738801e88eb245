"""Keep: only the edit travels back into the original, whatever else the editor did."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from ood_core.diffcam import MaskShape
from ood_core.errors import ImageError, OodError, ShapeError
from ood_core.pipeline import keep
from ood_core.registration.filters import dilate, gaussian
from tests.registration.scenes import eight_bits, move, picture, with_disc

DRIFTS = {
    "none": lambda image: image,
    "shift": lambda image: move(image, 1.5, -0.7)[0],
    "zoom": lambda image: move(image, 0.0, 0.0, 1.02)[0],
    "gain": lambda image: eight_bits(image * 0.93 + 0.03),
    "softness": lambda image: eight_bits(gaussian(image, 0.8)),
}


def overlap(mask: Tensor, truth: Tensor) -> float:
    found, wanted = mask > 0.5, truth > 0.5
    return float((found & wanted).sum() / (found | wanted).sum())


@pytest.mark.parametrize("drift", DRIFTS)
def test_an_edit_is_found_and_every_other_pixel_kept(drift: str) -> None:
    original = picture()
    with_edit, disc = with_disc(original)
    kept = keep(original, DRIFTS[drift](with_edit))
    outside = dilate(disc, 6) == 0
    assert overlap(kept.mask, disc) > 0.75
    assert torch.equal(kept.result[outside.expand_as(original)], original[outside.expand_as(original)])
    inside = dilate(disc, -3).expand_as(original) > 0
    assert float((kept.result - with_edit).abs()[inside].mean()) < 0.03


@pytest.mark.parametrize("drift", DRIFTS)
def test_without_an_edit_the_original_comes_back(drift: str) -> None:
    original = picture()
    kept = keep(original, DRIFTS[drift](original))
    assert float(kept.mask.max()) == 0
    assert torch.equal(kept.result, original)
    assert "No edit was found" in " ".join(kept.report.notes)


def test_ten_edits_in_a_row_leave_the_rest_as_it_was() -> None:
    original = picture(0, 112, 128)
    current, touched = original, torch.zeros(1, 1, *original.shape[-2:])
    for turn in range(10):
        edited, disc = with_disc(current, 7, (15 + 9 * turn, 15 + 10 * turn))
        current = eight_bits(keep(current, move(eight_bits(edited * 0.97), 0.8, 0.4)[0]).result)
        touched = torch.maximum(touched, disc)
    outside = (dilate(touched, 6) == 0).expand_as(original)
    assert torch.equal(current[outside], original[outside])


def test_a_mask_of_ones_own_limits_replaces_adds_and_subtracts() -> None:
    original = picture()
    with_edit, disc = with_disc(original)
    edited = DRIFTS["shift"](with_edit)
    left = torch.zeros_like(disc)
    left[..., :120] = 1
    assert float(keep(original, edited, left, "limit").mask[..., 120:].max()) == 0
    assert float(keep(original, edited, left, "subtract").mask[..., :120].max()) == 0
    assert float(keep(original, edited, left, "add").mask[..., 90, 5:135].min()) == 1
    replaced = keep(original, edited, left, "replace")
    assert torch.equal(replaced.mask * replaced.coverage, left * replaced.coverage)


def test_grow_feather_and_threshold_shape_the_mask() -> None:
    original = picture()
    edited = with_disc(original)[0]
    plain = keep(original, edited).mask
    assert float(keep(original, edited, shape=MaskShape(grow=4)).mask.mean()) > float(plain.mean())
    assert set(keep(original, edited, shape=MaskShape(threshold=0.5)).mask.unique().tolist()) == {0.0, 1.0}


def test_one_original_serves_many_edits_and_each_is_as_alone() -> None:
    original = picture()
    edits = torch.cat([with_disc(original)[0], move(with_disc(original, 15, (60, 60))[0], 1, 1)[0]])
    together = keep(original, edits)
    assert together.result.shape == edits.shape and len(together.reports) == 2
    for i in range(2):
        assert torch.equal(together.result[i], keep(original, edits[i : i + 1]).result[0])


def test_a_pasted_square_with_a_tint_brings_only_the_edit() -> None:
    original = picture()
    edited, disc = with_disc(original)
    square = edited[..., 40:140, 60:180].clone()
    edited[..., 40:140, 60:180] = eight_bits(gaussian(square, 0.5) * 0.94 + 0.02)
    kept = keep(original, edited)
    assert overlap(kept.mask, disc) > 0.7
    outside = (dilate(disc, 6) == 0).expand_as(original)
    assert torch.equal(kept.result[outside], original[outside])


def test_drift_that_the_reference_shares_is_no_edit() -> None:
    original = picture()
    random = torch.Generator().manual_seed(5)
    scratches = (torch.rand(original.shape[-2:], generator=random) > 0.997).float()[None, None]
    worn = eight_bits(original + 0.8 * gaussian(scratches, 1.0) * 6)
    with_edit, disc = with_disc(worn)
    kept = keep(original, with_edit, reference=worn)
    assert overlap(kept.mask, disc) > 0.7
    assert float(keep(original, worn, reference=worn).mask.max()) == 0


def test_a_reference_of_another_scene_is_not_used_and_said() -> None:
    original = picture()
    edited = with_disc(original)[0]
    kept = keep(original, edited, reference=picture(seed=9))
    assert torch.equal(kept.result, keep(original, edited).result)
    assert any("reference" in note for note in kept.report.notes)


@pytest.mark.parametrize("wrong", ["original", "edited", "reference"])
def test_pictures_of_0_to_255_are_refused(wrong: str) -> None:
    pictures = {"original": picture(), "edited": with_disc(picture())[0], "reference": picture()}
    pictures[wrong] = (pictures[wrong] * 127.5 + 127.5).byte()
    with pytest.raises(ImageError, match="bring it to -1 to 1"):
        keep(**pictures)


def test_another_scene_is_said_and_where_t_does_not_reach_the_original_stays() -> None:
    other = keep(picture(1), picture(2))
    assert "not registered" in " ".join(other.report.notes)
    assert torch.equal(other.result, picture(2))
    original = picture()
    kept = keep(original, with_disc(original)[0][..., 16:176, 30:190].contiguous())
    assert "does not reach" in " ".join(kept.report.notes)
    assert torch.equal(kept.result[..., :20], original[..., :20])


def test_a_picture_in_another_light_is_taken_as_a_whole_and_said() -> None:
    original = picture()
    tint = torch.tensor([0.3, -0.45, 0.35]).view(1, 3, 1, 1)
    violet = eight_bits(original * 0.5 + tint)
    kept = keep(original, violet)
    assert "whole picture" in " ".join(kept.report.notes)
    assert float((kept.result - violet).abs().mean()) < 0.02


def test_a_plain_wall_is_ordinary_input() -> None:
    wall = torch.full((1, 3, 96, 96), 0.25)
    edited, disc = with_disc(wall, 12, (48, 48))
    assert overlap(keep(wall, edited).mask, disc) > 0.6
    assert torch.equal(keep(wall, wall).result, wall)


def test_it_works_under_inference_mode_and_changes_no_input() -> None:
    original, edited = picture(), DRIFTS["gain"](with_disc(picture())[0])
    before = edited.clone()
    with torch.inference_mode():
        inside = keep(original, edited).result
    assert torch.equal(inside, keep(original, edited).result)
    assert torch.equal(edited, before)


def test_progress_is_told_before_each_stage() -> None:
    told: list[tuple[int, int, str]] = []
    keep(picture(), picture(), progress=lambda *step: told.append(step))
    assert [step[2] for step in told] == ["Register", "DiffCAM", "Composite", "Deghost", "done"]


def test_what_does_not_fit_together_is_refused_in_a_sentence() -> None:
    original = picture()
    with pytest.raises(ShapeError, match="There are 3 pictures but 2 of original"):
        keep(torch.cat([original] * 2), torch.cat([original] * 3))
    with pytest.raises(ShapeError, match="must have the picture.s size"):
        keep(original, original, torch.ones(1, 1, 10, 10))
    with pytest.raises(OodError, match="'mine'. Known: replace, limit"):
        keep(original, original, mask_is="mine")  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match="edited must be"):
        keep(original, original[:, :1])
    broken = original.clone()
    broken[0, 0, 3, 3] = torch.inf
    with pytest.raises(ImageError, match="not finite"):
        keep(original, broken)
