"""A photograph without colours stays without them, whatever the generator paints."""

from __future__ import annotations

import pytest
import torch

from ood_core import Edit, Mode, edit, load_bundle
from ood_core.composition.tone import colour_space_of
from ood_core.domains.portraits import render, sample_factors
from ood_core.modes import FAITHFUL

BUNDLE = load_bundle("portraits-128")
LUMA = torch.tensor([0.299, 0.587, 0.114])[:, None, None]


def portrait(seed: int) -> torch.Tensor:
    return render(sample_factors(1, torch.Generator().manual_seed(seed)), 192).image.clamp(-1, 1)


@pytest.mark.parametrize("tint", [(0.0, 0.0, 0.0), (0.16, 0.02, -0.14)], ids=["black and white", "sepia"])
@pytest.mark.parametrize("mode", [FAITHFUL])
def test_an_edit_keeps_the_photograph_s_own_tone(tint: tuple[float, float, float], mode: Mode) -> None:
    grey = (portrait(12) * LUMA).sum(dim=1, keepdim=True)
    picture = grey + torch.tensor(tint)[:, None, None] * (1 - grey.square())
    done = edit(picture, BUNDLE, {"Smiling": 1.5, "Old": 1.0}, mode, align="never")
    changed = done.change > 0.3
    assert changed.any() and not torch.equal(done.result, picture)
    tone = colour_space_of(picture)
    assert tone is not None
    off = (done.result - tone.of(done.result)).abs().amax(dim=1, keepdim=True)[changed]
    assert off.max() < 6 / 127.5, "no colour that the photograph has not"


def test_a_photograph_in_colour_is_edited_in_colour() -> None:
    picture = portrait(12)
    assert colour_space_of(picture) is None
    done = edit(picture, BUNDLE, {"Smiling": 1.5}, align="never")
    changed = (done.change > 0.3).expand_as(picture)
    assert (done.result - picture)[changed].reshape(3, -1).std(dim=0).max() > 0.02


def test_an_edit_of_a_toned_print_is_nowhere_whiter_than_its_paper_s_hue() -> None:
    grey = (portrait(12) * LUMA).sum(dim=1, keepdim=True) / 2 + 0.5
    sepia = torch.cat([grey**0.8, grey * 0.86 + 0.01, grey * 0.66], dim=1).clamp(0, 1) * 2 - 1
    tone = colour_space_of(sepia)
    assert tone is not None
    red, green, blue = ((tone.of(torch.ones(1, 3, 1, 1)) + 1) / 2).flatten().tolist()
    assert red > 0.99 and 0.8 < green < 0.9 and 0.6 < blue < 0.72


def test_a_black_and_white_face_on_a_page_in_colour_keeps_its_tone() -> None:
    page = torch.tensor([-0.6, -0.4, 0.4])[None, :, None, None].repeat(1, 1, 224, 400)
    page[..., 16:208, 8:200] = (portrait(12) * LUMA).sum(dim=1, keepdim=True)
    page[..., 16:208, 208:] = portrait(12)
    assert colour_space_of(page) is None
    done = edit(page, BUNDLE, {"Smiling": 1.5, "Old": 1.0}, face="all")
    assert len(done.pair.crops) == 2
    colour = (done.result.amax(dim=1) - done.result.amin(dim=1))[0, 16:208]
    assert (done.change[0, 0, 16:208, 8:200] > 0.3).any() and colour[:, 8:200].max() < 1e-5
    right = (done.change[0, 0, 16:208, 208:] > 0.3) & (colour[:, 208:] > 0.1)
    assert right.any(), "the other is edited in colour"


def test_a_black_and_white_drawing_is_of_the_bundle_s_kind() -> None:
    """By colours that only the generator paints it was strange: refused if faint, or called another kind."""

    def edited(seed: int, contrast: float) -> Edit:
        page = torch.zeros(1, 3, 300, 400)
        page[..., 60:252, 100:292] = (portrait(seed) * LUMA).sum(dim=1, keepdim=True) * contrast
        return edit(page, BUNDLE, {"Smiling": 1.0})

    faint = edited(24, 0.6)
    assert len(faint.pair.crops) == 1 and (faint.change > 0.3).any()
    notes = [text for seed in range(30, 36) for text in edited(seed, 1.0).notes_on(0)]
    assert sum("kind" in text for text in notes) <= 2
