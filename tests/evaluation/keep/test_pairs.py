"""Pairs: the same for the same seed, each half its own kinds and photographs, every kind in its turn."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ood_core.errors import ImageError, OodError
from ood_core.evaluation.keep.drifts import DRIFTS
from ood_core.evaluation.keep.edits import EDITS, NO_EDIT
from ood_core.evaluation.keep.pairs import Half, PairSource, photographs_of

SMALL = 64


def test_the_same_seed_gives_the_same_pair_whatever_was_drawn_before():
    source = PairSource(size=SMALL)
    source.draw(7, 0)
    first, again, other = source.draw(7, 3), PairSource(size=SMALL).draw(7, 3), source.draw(8, 3)
    assert first.title == again.title
    assert torch.equal(first.true.original, again.true.original)
    assert torch.equal(first.drifted.edited, again.drifted.edited)
    assert not torch.equal(first.true.original, other.true.original)


@pytest.mark.parametrize("half", [Half.PUBLIC, Half.HELD_OUT])
def test_a_half_shows_its_own_kinds_only(half: Half):
    source = PairSource(half)
    held_out = half is Half.HELD_OUT
    for index in range(60):
        edit, drift = source.kinds(1, index)
        assert DRIFTS[drift].held_out == held_out and (edit == NO_EDIT or EDITS[edit].held_out == held_out)


def test_one_pair_in_five_has_no_edit_and_all_kinds_come():
    for photographs in ([], [Path("a.png")]):
        shown = [PairSource(photographs=photographs).kinds(1, index) for index in range(130)]
        assert sum(edit == NO_EDIT for edit, _ in shown) == 26
        assert {drift for _, drift in shown} == set(DRIFTS)
        kinds = [name for name, kind in EDITS.items() if (kind.photographed if photographs else kind.drawn)]
        assert {edit for edit, _ in shown} == set(kinds)


def test_halves_show_different_photographs(album: list[Path]):
    public, held_out = (set(photographs_of(album, half)) for half in (Half.PUBLIC, Half.HELD_OUT))
    assert public and held_out and not public & held_out and public | held_out == set(album)
    with pytest.raises(OodError, match="1 photographs are too few"):
        photographs_of(album[:1], Half.HELD_OUT)


def test_photographs_are_edited_at_the_benchmarks_size(album: list[Path]):
    pair = PairSource(Half.HELD_OUT, album, size=SMALL).draw(1, 4)
    assert pair.edit == NO_EDIT and pair.true.original.shape == (1, 3, SMALL, SMALL)
    with pytest.raises(ImageError, match="96 px on its shorter side; photographs here need at least 512"):
        PairSource(Half.HELD_OUT, album).draw(1, 4)
