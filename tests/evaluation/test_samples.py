"""What the benchmark draws: true edits of people and things that no network has seen."""

from __future__ import annotations

import pytest
import torch

from ood_core.domains import portraits
from ood_core.errors import BundleError
from ood_core.evaluation.samples import (
    ABSENT,
    PRESENT,
    STRENGTHS,
    draw_sample,
    known_attributes,
    true_value,
)

HALF = (ABSENT + PRESENT) / 2


def _edits(count: int) -> list[dict[str, float]]:
    return [dict(draw_sample(7, index, portraits.ATTRIBUTES, 8).edits) for index in range(count)]


@pytest.mark.parametrize(
    ("strength", "value"), [(1, PRESENT), (-1, ABSENT), (0.5, HALF), (-0.5, HALF), (-1.15, 0), (2, 1)]
)
def test_a_strength_is_the_share_of_the_way_between_absent_and_present(strength: float, value: float):
    assert true_value(strength) == pytest.approx(value)


def test_every_attribute_is_added_and_removed_alone_and_with_others_at_every_strength():
    edits = _edits(70)
    alone = {(name, own[name] > 0) for own in edits if len(own) == 1 for name in own}
    assert alone == {(name, added) for name in portraits.ATTRIBUTES for added in (True, False)}
    assert {len(own) for own in edits} == {1, 2, 3}
    assert {abs(strength) for own in edits for strength in own.values()} == set(STRENGTHS)


def test_the_truth_differs_from_the_picture_only_where_the_change_says_so():
    sample = draw_sample(7, 0, portraits.ATTRIBUTES, 48)
    still = (sample.change == 0).expand_as(sample.source)
    assert torch.equal(sample.source[still], sample.target[still])
    assert not torch.equal(sample.source, sample.target)


def test_a_sample_does_not_depend_on_the_others():
    first, again = (draw_sample(7, 3, portraits.ATTRIBUTES, 16) for _ in range(2))
    assert torch.equal(first.source, again.source) and first.edits == again.edits
    assert not torch.equal(first.source, draw_sample(8, 3, portraits.ATTRIBUTES, 16).source)


def test_only_things_held_out_of_training_are_drawn(monkeypatch: pytest.MonkeyPatch):
    asked = []
    real = portraits.sample_things
    monkeypatch.setattr(portraits, "sample_things", lambda *a: asked.append(a[2]) or real(*a))
    draw_sample(7, 0, portraits.ATTRIBUTES, 8)
    assert asked == [portraits.HELD_OUT_KINDS]


def test_attributes_that_cannot_be_drawn_are_left_out_and_none_at_all_is_refused():
    assert known_attributes(["Pointy_Nose", "Old", "Beard"]) == ("Beard", "Old")
    with pytest.raises(BundleError, match=r"Pointy_Nose.*Smiling"):
        known_attributes(["Pointy_Nose"])
