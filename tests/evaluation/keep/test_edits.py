"""True edits: exact outside their mask, seen inside it, of both halves, and the same for the same seed."""

from __future__ import annotations

import pytest
import torch

from ood_core.errors import OodError
from ood_core.evaluation.keep.edits import EDITS, LEAST, NO_EDIT, edit_names, make_edit
from ood_core.evaluation.keep.photograph import Photograph, split_by_person
from ood_core.files.levels import from_uint8, to_uint8

PHOTOGRAPHED = [name for name, kind in EDITS.items() if kind.photographed is not None]
DRAWN = [name for name, kind in EDITS.items() if kind.drawn is not None]
NEEDS_A_PERSON = {"hair recoloured", "clothes recoloured", "clothes patterned", "background"}


def _random(seed: int = 3) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _check(kind: str, made) -> None:
    still = (made.mask == 0).expand_as(made.original)
    assert torch.equal(made.edited[still], made.original[still])
    assert torch.equal(from_uint8(to_uint8(made.edited)), made.edited)
    share = float((made.mask > 0.5).float().mean())
    assert share == 0 if kind == NO_EDIT else share >= LEAST


@pytest.mark.parametrize("kind", [name for name in PHOTOGRAPHED if name not in NEEDS_A_PERSON])
def test_an_edited_photograph_is_the_original_to_the_bit_outside_the_true_mask(kind: str, photo: Photograph):
    _check(kind, make_edit(kind, photo, _random()))


@pytest.mark.parametrize("kind", DRAWN)
def test_an_edited_drawing_is_the_original_to_the_bit_outside_the_true_mask(kind: str):
    _check(kind, make_edit(kind, 64, _random()))


@pytest.mark.parametrize("kind", sorted(NEEDS_A_PERSON))
def test_edits_of_a_person_go_by_what_is_found_of_one(kind: str, photo: Photograph):
    pytest.importorskip("cv2")
    _check(kind, make_edit(kind, photo, _random()))


def test_at_least_twelve_kinds_of_edit_half_of_them_held_out():
    for drawn_ones in (False, True):
        public, held_out = (edit_names(half, drawn_ones) for half in (False, True))
        assert len(public) + len(held_out) + 1 >= 12 and abs(len(public) - len(held_out)) <= 2
        assert not set(public) & set(held_out)


def test_the_same_seed_makes_the_same_edit_and_another_seed_another(photo: Photograph):
    first, again, other = (make_edit("sticker", photo, _random(seed)) for seed in (5, 5, 6))
    assert torch.equal(first.edited, again.edited) and not torch.equal(first.edited, other.edited)


def test_removal_takes_away_what_was_painted_into_the_original(photo: Photograph):
    made = make_edit("removal", photo, _random())
    seen = (made.mask > 0).expand_as(made.edited)
    assert torch.equal(made.edited[seen], photo.picture[seen])
    assert not torch.equal(made.original[seen], photo.picture[seen])


@pytest.mark.parametrize(
    ("kind", "says"), [("moustache", "no edit 'moustache'"), ("older", "drawn portraits only")]
)
def test_what_cannot_be_done_to_a_photograph_is_said(kind: str, says: str, photo: Photograph):
    with pytest.raises(OodError, match=says):
        make_edit(kind, photo, _random())


def test_a_persons_pictures_are_never_in_both_halves(tmp_path):
    names = [f"{number:03d}-{mood}.jpg" for number in range(7) for mood in ("neutral", "smiling")]
    public, held_out = split_by_person([tmp_path / name for name in [*names, "anna.png", "ben.png"]])
    people = [{path.stem.split("-")[0] for path in half} for half in (public, held_out)]
    assert (
        not people[0] & people[1]
        and len(public) + len(held_out) == 16
        and abs(len(public) - len(held_out)) <= 2
    )
