"""Drift: pixels are where the map says, and nothing drifts outside a pasted square."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from ood_core.domains.portraits.things.tools import Dice
from ood_core.errors import CheckpointError, OodError
from ood_core.evaluation.keep import moving
from ood_core.evaluation.keep.autoencoder import Autoencoder, load_autoencoder
from ood_core.evaluation.keep.drifts import DRIFTS, EDITOR, RIGID, TONE, drift, drift_names
from ood_core.evaluation.keep.edits import Edited
from ood_core.evaluation.keep.metrics import psnr
from ood_core.evaluation.keep.view import first_view, pixel_centres, sample_at

MOVING = [name for name, kind in DRIFTS.items() if kind.family in (RIGID, "smooth")]
STILL = [name for name, kind in DRIFTS.items() if kind.family == TONE]


def _random(seed: int = 4) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("kind", MOVING)
@pytest.mark.parametrize("seed", [1, 2])
def test_what_moved_is_found_again_where_the_map_says(kind: str, seed: int, square_edit: Edited):
    moved = drift(kind, square_edit, _random(seed))
    back = sample_at((moved.edited + 1) / 2, moved.flow) * 2 - 1
    well_inside = moved.covered & (torch.nn.functional.avg_pool2d(moved.covered.float(), 5, 1, 2) == 1)
    assert bool(well_inside.any()) and psnr(back, square_edit.edited, well_inside) > 28
    plain = torch.nn.functional.interpolate(moved.edited, square_edit.edited.shape[-2:], mode="bicubic")
    assert psnr(back, square_edit.edited, well_inside) >= psnr(plain, square_edit.edited, well_inside) - 1


def test_a_zoom_by_two_and_a_shift_do_what_their_numbers_say(square_edit: Edited):
    view = first_view(square_edit.edited, square_edit.mask)
    zoomed = moving.affine(view, zoom_by=2.0)
    middle, side = square_edit.edited.shape[-1] / 2, square_edit.edited.shape[-1]
    assert torch.allclose(zoomed.flow, (pixel_centres(side, side) - middle) * 2 + middle)
    assert float(zoomed.covered.float().mean()) == pytest.approx(0.25, abs=0.01)
    shifted = moving.affine(view, shift_by=(3 / side, 0.0))
    assert torch.allclose(shifted.pictures[..., 3:], view.pictures[..., :-3], atol=1e-4)


def test_a_turn_goes_clockwise(square_edit: Edited):
    view = first_view(square_edit.edited, square_edit.mask)
    side = square_edit.edited.shape[-1]
    right = moving.affine(view, degrees=3).flow[0, :, side // 2, -1]
    assert float(right[1]) - side / 2 == pytest.approx(math.sin(math.radians(3)) * side / 2, abs=0.6)


@pytest.mark.parametrize("kind", STILL)
def test_a_change_of_colours_moves_nothing_and_could_be_undone(kind: str, square_edit: Edited):
    toned = drift(kind, square_edit, _random())
    assert torch.equal(toned.flow, pixel_centres(*square_edit.edited.shape[-2:]))
    assert torch.equal(toned.bound, square_edit.edited) and not torch.equal(toned.edited, square_edit.edited)


@pytest.mark.parametrize("kind", ["pasted square", "like LivePortrait", "like generative fill"])
def test_outside_a_pasted_square_every_bit_is_kept(kind: str, square_edit: Edited):
    pasted = drift(kind, square_edit, _random())
    same = (pasted.edited == square_edit.edited).all(1)
    assert 0.1 < float(same.float().mean()) < 0.95
    assert bool(same[0, 0].all()) and bool(same[0, :, -1].all())


@pytest.mark.parametrize("kind", list(DRIFTS))
def test_the_same_seed_drifts_alike_and_the_no_op_pass_shares_the_map(kind: str, square_edit: Edited):
    first, again = (drift(kind, square_edit, _random(), no_op=True) for _ in range(2))
    assert torch.equal(first.edited, again.edited) and torch.equal(first.flow, again.flow)
    assert first.reference.shape == first.edited.shape and first.bound.shape == square_edit.edited.shape
    alone = drift(kind, square_edit, _random())
    assert alone.reference is None and torch.equal(alone.edited, first.edited)


def test_at_least_fifteen_kinds_of_drift_and_six_editors_half_of_them_held_out():
    public, held_out = drift_names(False), drift_names(True)
    assert len(DRIFTS) >= 21 and abs(len(public) - len(held_out)) <= 3
    editors = [kind.held_out for kind in DRIFTS.values() if kind.family == EDITOR]
    assert len(editors) == 6 and sum(editors) == 3


def test_an_unknown_drift_is_refused(square_edit: Edited):
    with pytest.raises(OodError, match="no drift 'storm'; known: shift"):
        drift("storm", square_edit, _random())


def test_an_autoencoder_is_read_from_its_folder_and_takes_any_size(tmp_path: Path):
    from ood_core.evaluation.keep import autoencoder as module

    for role, network in (("encoder", module._encoder()), ("decoder", module._decoder())):
        save_file(network.half().state_dict(), tmp_path / f"tiny_{role}.safetensors")
    loaded = load_autoencoder(tmp_path)
    assert isinstance(loaded, Autoencoder)
    back = loaded(torch.rand(2, 3, 17, 26, generator=_random()))
    assert back.shape == (2, 3, 17, 26) and float(back.min()) >= 0 and float(back.max()) <= 1


def test_a_folder_without_an_autoencoder_and_foreign_weights_are_refused(tmp_path: Path):
    with pytest.raises(CheckpointError, match="holds 0 files \\*_encoder"):
        load_autoencoder(tmp_path)
    for role in ("encoder", "decoder"):
        save_file({"weight": torch.zeros(1)}, tmp_path / f"other_{role}.safetensors")
    with pytest.raises(CheckpointError, match="no such encoder"):
        load_autoencoder(tmp_path)


def test_a_bend_is_the_inverse_of_what_its_map_says():
    view = first_view(torch.zeros(1, 3, 40, 40), torch.zeros(1, 1, 40, 40))
    bent = moving.warp(view, Dice(3))
    assert 0.01 < float((bent.flow - pixel_centres(40, 40)).norm(dim=1).max()) < 0.4
