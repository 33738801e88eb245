from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from ood_core.domains import load_domain
from ood_core.domains.portraits import ATTRIBUTES, FACTOR_NAMES, render, sample_factors, set_attribute
from ood_core.errors import AttributeNameError, RecipeError, ShapeError
from tests.domains.people import plain_people, some_people

# Where an attribute may show: left, top, right, bottom as shares of the picture.
PLACES = {
    "Beard": (0.1, 0.36, 0.9, 1.0),
    "Bushy_Eyebrows": (0.2, 0.25, 0.8, 0.55),
    "Eyeglasses": (0.1, 0.32, 0.9, 0.7),
    "Mouth_Open": (0.25, 0.58, 0.75, 0.95),
    "Narrow_Eyes": (0.2, 0.35, 0.8, 0.65),
    "Old": (0.0, 0.0, 1.0, 1.0),
    "Smiling": (0.15, 0.48, 0.85, 0.95),
}


def test_attributes_lie_in_the_unit_interval_and_half_of_the_people_lack_each():
    factors = some_people(2000)
    attributes = factors[:, -len(ATTRIBUTES) :]
    assert FACTOR_NAMES[-len(ATTRIBUTES) :] == ATTRIBUTES
    assert factors.shape == (2000, len(FACTOR_NAMES))
    assert factors.min() >= -1 and factors.max() <= 1
    assert attributes.min() >= 0
    absent = (attributes <= 0.15).float().mean(0)
    assert ((absent > 0.45) & (absent < 0.55)).all()


def test_factors_are_independent():
    correlation = torch.corrcoef(some_people(4000).T)
    correlation.fill_diagonal_(0)
    assert correlation.abs().max() < 0.08


def test_the_same_seed_draws_the_same_people():
    assert torch.equal(some_people(5, seed=3), some_people(5, seed=3))
    assert not torch.equal(some_people(5, seed=3), some_people(5, seed=4))


def test_setting_an_attribute_changes_one_column_of_a_copy():
    factors = some_people(3)
    before = factors.clone()
    changed = set_attribute(factors, "Old", torch.tensor([0.1, 0.2, 0.3]))
    assert torch.equal(factors, before)
    assert torch.equal(
        (changed != factors).any(0).nonzero().flatten(), torch.tensor([FACTOR_NAMES.index("Old")])
    )


def test_an_unknown_factor_is_refused_with_the_known_names():
    with pytest.raises(AttributeNameError, match=r"'Moustache'.*Eyeglasses"):
        set_attribute(some_people(1), "Moustache", 1.0)


def test_factors_of_another_width_are_refused():
    with pytest.raises(ShapeError, match="factors must be"):
        render(torch.zeros(2, 5), 16)


@pytest.mark.parametrize("resolution", [16, 50, 64])
def test_a_rendering_keeps_its_promised_shapes_and_ranges(resolution: int):
    drawn = render(some_people(3), resolution)
    assert drawn.image.shape == (3, 3, resolution, resolution)
    assert drawn.weight.shape == drawn.alpha.shape == (3, 1, resolution, resolution)
    assert drawn.image.isfinite().all() and drawn.image.abs().max() <= 1
    assert drawn.weight.min() >= 1 and 4 < drawn.weight.max() <= 8
    assert drawn.alpha.min() >= 0 and drawn.alpha.max() <= 1


def test_a_portrait_does_not_depend_on_the_people_it_is_drawn_with():
    factors = some_people(11)
    together = render(factors, 32).image
    assert torch.equal(together, render(factors, 32).image)
    alone = torch.cat([render(person, 32).image for person in factors.split(1)])
    torch.testing.assert_close(alone, together, rtol=0, atol=1e-4)


def test_a_small_portrait_looks_like_a_reduced_large_one():
    factors = some_people(8)
    small, large = render(factors, 128).image, render(factors, 256).image
    difference = (F.avg_pool2d(large, 2) - small).abs() / 2
    assert difference.mean() < 0.004
    assert difference.quantile(0.999) < 0.12


def test_a_small_step_of_any_factor_is_a_small_step_of_the_picture():
    person = plain_people(1, seed=2).clamp(-0.9, 0.9)
    steps = person + 0.002 * torch.eye(len(FACTOR_NAMES))
    change = (render(steps, 64).image - render(person, 64).image).abs()
    assert change.mean((1, 2, 3)).max() < 0.002
    assert change.amax((1, 2, 3)).max() < 0.2


def test_every_factor_is_seen_on_somebody():
    people = plain_people(6).clamp(-0.5, 0.5)
    for name in FACTOR_NAMES:
        column = people[:, FACTOR_NAMES.index(name)]
        moved = set_attribute(people, name, column + 0.5)
        change = (render(moved, 48).image - render(people, 48).image).abs()
        assert change.max() > 0.015, name


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_an_attribute_changes_only_its_own_part(name: str):
    people = plain_people(8)
    before, after = render(people, 64), render(set_attribute(people, name, 1.0), 64)
    left, top, right, bottom = (round(64 * share) for share in PLACES[name])
    change = (after.image - before.image).abs()
    assert change.amax((1, 2, 3)).min() > 0.25, "unmistakable"
    change[..., top:bottom, left:right] = 0
    assert change.max() < 1e-4
    outside_person = (before.alpha == 0) & (after.alpha == 0)
    assert torch.equal(*(drawn.image.where(outside_person, torch.zeros(())) for drawn in (before, after)))


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_an_attribute_grows_with_its_value(name: str):
    person = plain_people(1, seed=1).expand(6, -1)
    values = torch.tensor([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
    images = render(set_attribute(person, name, values), 64).image
    change = (images - images[:1]).abs().mean((1, 2, 3))
    assert (change.diff() > 0).all()
    assert change[1] < 0.35 * change[-1]


@pytest.mark.parametrize("others", ["Beard", "Smiling", "Old"])
def test_attributes_show_in_the_presence_of_others(others: str):
    people = set_attribute(plain_people(4), others, 1.0)
    for name in set(ATTRIBUTES) - {others}:
        change = (render(set_attribute(people, name, 1.0), 64).image - render(people, 64).image).abs()
        assert change.amax((1, 2, 3)).min() > 0.2, name


def test_a_domain_is_found_by_its_name():
    assert load_domain("portraits").sample_factors is sample_factors
    with pytest.raises(RecipeError, match="known: portraits"):
        load_domain("teapots")
