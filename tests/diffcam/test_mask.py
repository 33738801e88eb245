"""The faithful mask: an absolute scale, and nothing where the edit needs nothing."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from ood_core.diffcam import MaskSettings, faithful_mask, held_back
from ood_core.errors import ShapeError

GREY = 1 / 127.5  # one grey level on the [-1,1] scale
sizes = st.tuples(st.integers(8, 70), st.integers(8, 70))
seeds = st.integers(0, 10_000)
few = settings(max_examples=25, deadline=None)


def scene(seed: int, size: tuple[int, int], count: int = 2, edits: int = 3) -> tuple[Tensor, Tensor, Tensor]:
    """Random pictures, an edit of a few rectangles with a faint leak everywhere, and random evidence."""
    generator = torch.Generator().manual_seed(seed)

    def noise(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator) * 2 - 1

    before = noise(count, 3, *size) * 0.8
    after = before + noise(count, 3, *size) * 6 * GREY
    for _ in range(edits):
        top, left = (int(torch.randint(0, side - 4, (), generator=generator)) for side in size)
        after[..., top : top + 6, left : left + 6] += noise(count, 3, 1, 1) * 0.8
    return before, after, noise(count, 2, 4, 4).relu()


def flat(side: int = 128, value: float = 0.0) -> Tensor:
    return torch.full((1, 3, side, side), value)


def at(row: int, column: int, cells: int = 8) -> Tensor:
    evidence = torch.zeros(1, 1, cells, cells)
    evidence[..., row, column] = 1.0
    return evidence


@few
@given(seeds, sizes, st.booleans(), st.booleans())
def test_the_mask_is_finite_and_within_its_range_at_any_size(seed, size, with_evidence, with_original):
    before, after, evidence = scene(seed, size)
    mask = faithful_mask(
        before, after, evidence if with_evidence else None, before.flip(0) if with_original else None
    )
    assert mask.shape == (2, 1, *size)
    assert mask.isfinite().all() and mask.min() >= 0 and mask.max() <= 1


@few
@given(seeds, sizes, st.booleans())
def test_no_edit_gives_an_empty_mask(seed, size, with_evidence):
    before, _, evidence = scene(seed, size)
    mask = faithful_mask(before, before.clone(), evidence if with_evidence else None, before)
    assert not mask.any()


@few
@given(seeds, st.floats(0, 20), st.floats(0.5, 20), st.floats(0, 20), st.floats(0, 20))
def test_higher_thresholds_never_give_a_larger_mask(seed, low, width, more, wider):
    before, after, evidence = scene(seed, (48, 40))
    wide = faithful_mask(before, after, evidence, settings=MaskSettings(low=low, high=low + width))
    narrow_settings = MaskSettings(low=low + more, high=low + more + width + wider)
    narrow = faithful_mask(before, after, evidence, settings=narrow_settings)
    assert (narrow <= wide + 1e-5).all()


@few
@given(seeds)
def test_samples_of_a_batch_do_not_influence_each_other(seed):
    before, after, evidence = scene(seed, (40, 40))
    both = faithful_mask(before, after, evidence, before)
    for i in (slice(0, 1), slice(1, 2)):
        torch.testing.assert_close(both[i], faithful_mask(before[i], after[i], evidence[i], before[i]))


@few
@given(seeds)
def test_attributes_are_united(seed):
    before, after, evidence = scene(seed, (64, 64))
    plain = replace(MaskSettings(), gap=0.0, feather=0.0)
    both = faithful_mask(before, after, evidence, settings=plain)
    each = [faithful_mask(before, after, evidence[:, a, None], settings=plain) for a in range(2)]
    torch.testing.assert_close(both, torch.maximum(*each), atol=1e-5, rtol=0)


@pytest.mark.parametrize("size", [64, 128, 256, 512])
def test_a_true_change_is_taken_whole_and_its_edge_is_crisp(size):
    before, after = flat(size), flat(size)
    quarter, half = size // 4, size // 2
    after[..., quarter:half, quarter:half] += 60 * GREY
    mask = faithful_mask(before, after, at(2, 2) + at(3, 3))[0, 0]
    rim = max(2, size // 32)
    assert mask[quarter + rim : half - rim, quarter + rim : half - rim].min() > 0.999
    outside = mask.clone()
    outside[quarter - rim : half + rim, quarter - rim : half + rim] = 0
    assert not outside.any()


@pytest.mark.parametrize(
    "levels, expected", [(0, 0.0), (2, 0.0), (3.9, 0.0), (15, 1.0), (40, 1.0), (200, 1.0)]
)
def test_the_scale_is_absolute(levels, expected):
    mask = faithful_mask(flat(value=-0.9), flat(value=-0.9 + levels * GREY))
    assert mask.min() == pytest.approx(expected, abs=1e-4) and mask.max() == pytest.approx(expected, abs=1e-4)


def test_a_difference_far_from_the_evidence_is_a_leak_and_exactly_zero():
    before, after = flat(), flat()
    after[..., 20:40, 20:40] += 80 * GREY
    after[..., 90:120, 90:120] += 80 * GREY
    mask = faithful_mask(before, after, at(1, 1))[0, 0]
    assert mask[25:35, 25:35].min() > 0.999
    assert not mask[64:, :].any() and not mask[:, 64:].any()
    assert faithful_mask(before, after)[0, 0, 95:115, 95:115].min() > 0.999


def test_a_thin_line_is_followed_away_from_the_evidence():
    before, after = flat(), flat()
    after[..., 60:62, 30:90] -= 100 * GREY  # the rim of eyeglasses, seen by the classifier only at its middle
    mask = faithful_mask(before, after, at(3, 3))[0, 0]
    assert mask[60:62, 40:75].min() > 0.9
    assert not mask[:50].any() and not mask[72:].any()


def test_faint_differences_count_beside_strong_ones_but_not_alone():
    before, after = flat(), flat()
    after[..., 40:60, 40:60] += 100 * GREY
    after[..., 60:62, 40:60] += 16 * GREY
    after[..., 90:110, 40:60] += 16 * GREY
    mask = faithful_mask(before, after)[0, 0]
    assert mask[60, 45:55].min() > 0.9 and not mask[80:].any()
    after[..., 40:62, 40:60] = 0
    assert faithful_mask(before, after)[0, 0, 95:105, 45:55].min() > 0.999  # now it is the edit itself


def test_evidence_without_a_place_accepts_differences_anywhere():
    before, after, _ = scene(3, (64, 64), count=1)
    nothing = torch.zeros(1, 1, 4, 4)
    assert torch.equal(faithful_mask(before, after, nothing), faithful_mask(before, after, None))


def test_what_the_reconstruction_cannot_show_is_kept():
    before, after, original = flat(), flat(), flat()
    after[..., 40:90, 40:90] += 80 * GREY
    original[..., 40:90, 66:90] -= 120 * GREY  # a hand in front of the edited place
    mask = faithful_mask(before, after, None, original)[0, 0]
    assert mask[45:85, 45:58].min() > 0.99 and not mask[45:85, 72:85].any()


def test_values_beyond_white_make_no_difference():
    assert not faithful_mask(flat(value=1.1), flat(value=1.6)).any()


def test_it_takes_little_time():
    before, after, evidence = scene(0, (128, 128), count=1)
    faithful_mask(before, after, evidence, before)
    start = time.perf_counter()
    faithful_mask(before, after, evidence, before)
    assert time.perf_counter() - start < 0.2  # about 0.005 on an idle core


@pytest.mark.parametrize(
    "wrong", [{"low": 14.0}, {"weak": 0.5}, {"margin": -0.1}, {"floor": float("nan")}, {"foreign_low": 200.0}]
)
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ShapeError):
        MaskSettings(**wrong)


def test_pictures_and_evidence_that_do_not_fit_are_refused():
    with pytest.raises(ShapeError, match="one shape"):
        faithful_mask(flat(64), flat(32))
    with pytest.raises(ShapeError, match="one shape"):
        faithful_mask(flat(64), flat(64), None, flat(32))
    with pytest.raises(ShapeError, match="evidence"):
        faithful_mask(flat(64), flat(64), torch.zeros(2, 1, 4, 4))


def test_how_much_of_an_edit_is_left_out_is_known() -> None:
    before, after = flat(), flat()
    after[..., 40:80, 40:80] = 0.5
    hidden, half, strange = flat(), flat(), flat(value=0.9)
    hidden[..., 30:90, 30:90] = 0.9  # a thing before all of what changes
    half[..., 30:90, 30:60] = 0.9
    originals = torch.cat([before, hidden, half, strange, strange])
    edited = torch.cat([after, after, after, after, before])
    shares = held_back(originals, before.expand(5, -1, -1, -1), edited)
    assert shares[0] == 0 and shares[4] == 0  # the last is no edit at all
    assert shares[1] > 0.99 and shares[3] > 0.99 and 0.4 < float(shares[2]) < 0.6
    masks = faithful_mask(before.expand(5, -1, -1, -1), edited, None, originals)
    assert masks[0].any() and not masks[3].any()
