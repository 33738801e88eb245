from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from ood_core.domains.portraits import (
    ATTRIBUTES,
    HELD_OUT_KINDS,
    THING_KINDS,
    TRAINING_KINDS,
    Thing,
    render,
    render_scene,
    sample_things,
    set_attribute,
)
from ood_core.domains.portraits.scenes import compose, draw_layers
from ood_core.domains.portraits.things.catalogue import _FRONT, _WALLS
from ood_core.errors import OodError, ShapeError
from tests.domains.people import plain_people, some_people


def _seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_every_kind_is_drawn_sooner_or_later():
    things = sample_things(400, _seeded())
    assert {thing.kind for own in things for thing in own} == set(THING_KINDS)
    assert all(own for own in things)


def test_the_same_seed_chooses_the_same_things():
    assert sample_things(20, _seeded(1)) == sample_things(20, _seeded(1))
    assert sample_things(20, _seeded(1)) != sample_things(20, _seeded(2))


def test_the_kinds_asked_for_are_the_kinds_that_come():
    assert all(own[0].kind == "hat" and len(own) == 1 for own in sample_things(5, _seeded(), ["hat"]))
    assert all(own[0].kind == "bricks" for own in sample_things(5, _seeded(), ["bricks"]))


def test_an_unknown_kind_is_refused_with_the_known_ones():
    with pytest.raises(OodError, match=r"dragon.*beanie"):
        sample_things(1, _seeded(), ["dragon"])


def test_each_person_needs_things_of_their_own():
    with pytest.raises(ShapeError, match="2 people"):
        render_scene(some_people(2), [()], 16)


@pytest.mark.parametrize("kind", THING_KINDS)
def test_a_thing_is_seen_and_leaves_the_rest_untouched(kind: str):
    factors = some_people(3)
    things = sample_things(3, _seeded(7), [kind])
    drawn = render(factors, 64)
    image, seen = compose(drawn, draw_layers(factors, things, 64))
    assert torch.equal(image, render_scene(factors, things, 64))
    assert image.isfinite().all() and image.abs().max() <= 1
    assert (seen.amax((1, 2, 3)) > 0.8).all() and seen.min() >= 0 and seen.max() <= 1
    untouched = (seen == 0).expand_as(image)
    assert untouched.any()
    assert torch.equal(image[untouched], drawn.image[untouched])
    assert (image - drawn.image).abs().amax((1, 2, 3)).min() > 0.2


def test_no_things_give_the_plain_portrait():
    factors = some_people(2)
    assert torch.equal(render_scene(factors, [(), ()], 32), render(factors, 32).image)


def test_things_do_not_depend_on_the_attributes_of_whom_they_belong_to():
    people, things = plain_people(4), sample_things(4, _seeded(3))
    plain = draw_layers(people, things, 32)
    for name in ATTRIBUTES:
        edited = draw_layers(set_attribute(people, name, 1.0), things, 32)
        assert torch.equal(edited.front, plain.front) and torch.equal(edited.wall, plain.wall)


def test_another_wall_stays_behind_the_person():
    factors = some_people(1)
    drawn = render(factors, 64)
    scene = render_scene(factors, [(Thing("bricks", 1),)], 64)
    inside = (drawn.alpha == 1).expand_as(scene)
    assert torch.equal(scene[inside], drawn.image[inside])


def test_a_small_scene_looks_like_a_reduced_large_one():
    factors = plain_people(len(THING_KINDS))
    things = [(Thing(kind, 5),) for kind in THING_KINDS]
    small, large = (render_scene(factors, things, size) for size in (64, 128))
    difference = (F.avg_pool2d(large, 2) - small).abs().mean((1, 2, 3)) / 2
    assert difference.max() < 0.02, THING_KINDS[int(difference.argmax())]


def test_every_family_has_kinds_for_training_and_kinds_held_out():
    assert set(HELD_OUT_KINDS).isdisjoint(TRAINING_KINDS)
    assert set(HELD_OUT_KINDS) | set(TRAINING_KINDS) == set(THING_KINDS)
    assert abs(len(HELD_OUT_KINDS) - len(TRAINING_KINDS)) <= 1
    families = {draw.__module__ for draw in (_FRONT | _WALLS).values()}
    for kinds in (HELD_OUT_KINDS, TRAINING_KINDS):
        assert {(_FRONT | _WALLS)[kind].__module__ for kind in kinds} == families
