from __future__ import annotations

from typing import Any

import pytest
import torch

from ood_core.domains.portraits import (
    ATTRIBUTES,
    FACTOR_NAMES,
    EditSample,
    render,
    sample_edit,
    visible_change,
)
from ood_core.errors import AttributeNameError


def _edit(count: int = 12, seed: int = 0, **choices: Any) -> EditSample:
    return sample_edit(count, torch.Generator().manual_seed(seed), resolution=48, **choices)


def test_source_and_target_are_equal_where_nothing_visibly_changed():
    edit = _edit()
    still = (edit.change_mask == 0).expand_as(edit.source)
    assert torch.equal(edit.source[still], edit.target[still])
    assert edit.change_mask.min() >= 0 and edit.change_mask.max() == 1


def test_where_the_mask_is_not_zero_something_changed():
    edit = _edit()
    difference = (edit.source - edit.target).abs().amax(1, keepdim=True)
    assert (difference[edit.change_mask > 0] > 0).all()
    assert torch.equal(visible_change(edit.source, edit.target), edit.change_mask)


def test_only_the_edited_attribute_differs_between_the_people():
    edit = _edit(30)
    column = FACTOR_NAMES.index(ATTRIBUTES[0]) + edit.attributes
    change = edit.target_factors - edit.factors
    rows = torch.arange(30)
    assert torch.equal(change[rows, column].sign().long(), edit.signs)
    assert (change[rows, column].abs() >= 0.7).all()
    change[rows, column] = 0
    assert torch.equal(change, torch.zeros_like(change))


def test_all_attributes_and_both_signs_are_drawn():
    edit = sample_edit(120, torch.Generator().manual_seed(0), resolution=8, things=False)
    assert set(edit.attributes.tolist()) == set(range(len(ATTRIBUTES)))
    assert set(edit.signs.tolist()) == {-1, 1}


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_an_edit_without_things_shows_the_named_attribute(name: str):
    edit = _edit(4, attribute=name, things=False)
    assert (edit.attributes == ATTRIBUTES.index(name)).all()
    assert (edit.change_mask.amax((1, 2, 3)) == 1).all()
    assert torch.equal(edit.source, render(edit.factors, 48).image)
    assert not edit.things_mask.any()


def test_an_unknown_attribute_is_refused_even_if_it_is_a_factor():
    with pytest.raises(AttributeNameError, match="known: Beard"):
        _edit(1, attribute="gaze")


def test_the_same_seed_gives_the_same_edit():
    first, second = _edit(3, seed=4), _edit(3, seed=4)
    assert torch.equal(first.source, second.source) and torch.equal(first.target, second.target)
