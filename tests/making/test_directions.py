"""Directions come out of the generator or out of pictures, know how far they go, and can be sorted out."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from ood_core import load_bundle
from ood_core.alignment import centred
from ood_core.bundle import Bundle
from ood_core.editing import layers_of
from ood_core.errors import AttributeNameError, OodError, ShapeError
from ood_core.making import (
    directions_sheet,
    find_directions,
    keep_found,
    learn_direction,
    learn_from_pictures,
    remove_directions,
    rename_direction,
    sample_latents,
)


@pytest.fixture
def bare(tiny_bundle: Bundle) -> Bundle:
    return dataclasses.replace(tiny_bundle, attributes={}, directions={})


@pytest.mark.parametrize("method", ["pca", "sefa", "both"])
def test_found_directions_are_unit_vectors_that_differ(bare: Bundle, method: str) -> None:
    found = find_directions(bare, method, count=4)  # type: ignore[arg-type]
    assert list(found.attributes) == ["found-1", "found-2", "found-3", "found-4"]
    rows = torch.stack([*found.directions.values()]).flatten(1)
    assert torch.allclose(rows.norm(dim=1), torch.ones(4), atol=1e-5)
    cosines = (rows @ rows.t()).abs() - torch.eye(4)
    assert float(cosines.max()) < 0.9
    assert all(low < 0 < high for low, high in found.ranges.values())


def test_finding_again_finds_others(bare: Bundle) -> None:
    once = find_directions(bare, count=3)
    twice = find_directions(once, count=3)
    assert list(twice.attributes)[3:] == ["found-4", "found-5", "found-6"]
    assert torch.equal(twice.directions["found-1"], once.directions["found-1"])


def test_directions_of_some_layers_leave_the_others_alone(bare: Bundle) -> None:
    found = find_directions(bare, "sefa", "2-4", count=1)
    assert layers_of(found.directions["found-1"]) == range(2, 5)
    with pytest.raises(ShapeError, match="styles 0 to 7"):
        find_directions(bare, layers="6-9")
    with pytest.raises(OodError, match="no method 'ica'"):
        find_directions(bare, "ica")  # type: ignore[arg-type]


def test_a_learned_direction_is_the_true_one_where_nothing_else_differs(bare: Bundle) -> None:
    random = torch.Generator().manual_seed(1)
    styles, width = bare.generator.num_styles, bare.generator.config.w_dim
    true = torch.randn(styles, width, generator=random)
    absent = sample_latents(bare, 12, seed=1)[:, None].repeat(1, styles, 1)
    learned = learn_direction(bare, "Hat", absent + true, absent)
    assert torch.allclose(learned.directions["Hat"], true / true.norm(), atol=1e-5)
    assert learned.default_strengths["Hat"] == pytest.approx(float(true.norm()), rel=1e-4)


def test_what_is_to_be_kept_is_left_alone(tiny_bundle: Bundle) -> None:
    random = torch.Generator().manual_seed(1)
    present, absent = (torch.randn(6, 8, 16, generator=random) for _ in range(2))
    learned = learn_direction(tiny_bundle, "Hat", present, absent, ["Old"])
    assert abs(float((learned.directions["Hat"] * tiny_bundle.directions["Old"]).sum())) < 1e-4
    with pytest.raises(AttributeNameError, match="no direction 'Scarf'"):
        learn_direction(tiny_bundle, "Hat", present, absent, ["Scarf"])


@pytest.mark.parametrize("counts", [(2, 9), (9, 2)])
def test_two_pictures_are_too_few_to_learn_from(tiny_bundle: Bundle, counts: tuple[int, int]) -> None:
    present, absent = (torch.randn(count, 8, 16) for count in counts)
    with pytest.raises(ShapeError, match="at least 5 pictures with and 5 without"):
        learn_direction(tiny_bundle, "Hat", present, absent)


@pytest.mark.parametrize(
    ("count", "name", "keeping", "layers", "said"),
    [
        (2, "Hat", [], "all", "at least 5 pictures"),
        (5, "a=b", [], "all", "cannot name"),
        (5, "Hat", ["Scarf"], "all", "no direction 'Scarf'"),
        (5, "Hat", [], "9-99", "styles 0 to 7"),
    ],
)
def test_what_cannot_be_learned_is_refused_before_minutes_of_descent(
    tiny_bundle: Bundle, count: int, name: str, keeping: list[str], layers: str, said: str
) -> None:
    def inverter(*_: object) -> torch.Tensor:
        raise AssertionError("pictures were inverted")

    crops = list(centred(torch.zeros(count, 3, 32, 32)))
    with pytest.raises(OodError, match=said):
        learn_from_pictures(tiny_bundle, name, crops, crops, inverter, keeping, layers)


def test_directions_are_named_kept_and_removed_by_name_or_number(tiny_bundle: Bundle) -> None:
    found = find_directions(tiny_bundle, count=3)
    named = rename_direction(found, "4", "Light")
    assert list(named.attributes) == ["Smiling", "Old", "found-1", "Light", "found-3"]
    assert torch.equal(named.attribute_directions["Light"], found.directions["found-2"])
    assert list(keep_found(named, ["3"]).attributes) == ["Smiling", "Old", "found-1", "Light"]
    removed = remove_directions(named, ["Smiling", "found-3"])
    assert list(removed.attributes) == ["Old", "found-1", "Light"] and "found-3" not in removed.directions
    for wrong in ("", "a=b", "7", " x"):
        with pytest.raises(AttributeNameError, match="cannot name"):
            rename_direction(named, "Old", wrong)
    with pytest.raises(AttributeNameError, match="already"):
        rename_direction(named, "Old", "Light")
    with pytest.raises(AttributeNameError, match="no direction '9'"):
        remove_directions(named, ["9"])


def test_the_sheet_has_a_row_for_each(tiny_bundle: Bundle, bare: Bundle) -> None:
    one, two = (directions_sheet(tiny_bundle, names, height=32) for names in (["Old"], []))
    assert two.height == 2 * one.height
    with pytest.raises(AttributeNameError, match="ood directions find"):
        directions_sheet(bare)
    with pytest.raises(AttributeNameError, match="no direction 'Hat'"):
        directions_sheet(tiny_bundle, ["Hat"])


def test_the_drawn_domain_is_sampled_as_it_was_trained() -> None:
    bundle = load_bundle("portraits-128")
    own = sample_latents(bundle, 500).mean(dim=0) - bundle.generator.mapping.w_avg
    other = sample_latents(dataclasses.replace(bundle, domain=""), 500).mean(dim=0)
    assert float(own.norm()) < 0.3 * float((other - bundle.generator.mapping.w_avg).norm())


def test_what_varies_most_in_drawn_people_is_found() -> None:
    """The true direction of an attribute is among the first twelve found ones, nearly."""
    bundle = load_bundle("portraits-128")
    found = find_directions(dataclasses.replace(bundle, attributes={}, directions={}))
    rows = torch.stack([*found.directions.values()]).flatten(1)
    for name, least in (("Mouth_Open", 0.8), ("Old", 0.8)):
        true = bundle.attribute_directions[name].flatten()
        assert float((rows @ true).abs().max() / true.norm()) > least
