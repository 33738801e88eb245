"""A linear boundary over labelled latents gives the direction of an attribute."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from ood_core.editing import fit_boundary, means_boundary, orthogonalise
from ood_core.errors import ShapeError

L, D = 4, 5


def labelled(
    normal: Tensor, count: int = 1500, spread: Tensor | float = 1.0, seed: int = 0
) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    latents = torch.randn(count, L, D, generator=generator) * spread + 0.7
    return latents, ((latents - 0.7) * normal).sum(dim=(1, 2)) > 0


def unit(seed: int) -> Tensor:
    direction = torch.randn(L, D, generator=torch.Generator().manual_seed(seed))
    return direction / direction.norm()


def cosine(a: Tensor, b: Tensor) -> float:
    return float((a * b).sum() / (a.norm() * b.norm()))


def test_it_recovers_a_known_normal_at_unit_length():
    normal = unit(1)
    direction = fit_boundary(*labelled(normal))
    assert direction.shape == (L, D) and direction.dtype == torch.float32
    assert float(direction.norm()) == pytest.approx(1, abs=1e-6)
    assert cosine(direction, normal) > 0.98


def test_it_points_towards_the_attribute():
    latents, labels = labelled(unit(2))
    direction = fit_boundary(latents, labels)
    scores = (latents * direction).sum(dim=(1, 2))
    assert scores[labels].mean() > scores[~labels].mean()
    assert cosine(direction, fit_boundary(latents, ~labels)) == pytest.approx(-1, abs=1e-4)


def test_styles_of_very_different_size_do_not_hide_the_normal():
    spread = torch.logspace(-2, 2, L)[:, None]
    normal = unit(3) / spread  # every style contributes alike
    assert cosine(fit_boundary(*labelled(normal, spread=spread)), normal) > 0.98


def test_features_that_never_vary_are_left_out():
    latents, labels = labelled(unit(4))
    latents[:, 2] = 5.0
    direction = fit_boundary(latents, labels)
    assert direction.isfinite().all() and (direction[2] == 0).all()


def test_separable_labels_and_soft_labels_stay_finite():
    latents, labels = labelled(unit(5), count=12)  # fewer samples than features: perfectly separable
    assert fit_boundary(latents, labels).isfinite().all()
    assert fit_boundary(latents, labels * 0.8 + 0.1).isfinite().all()


def test_it_is_deterministic_and_works_in_inference_mode():
    normal = unit(6)
    expected = fit_boundary(*labelled(normal))
    with torch.inference_mode():
        assert torch.equal(fit_boundary(*labelled(normal)), expected)


def test_one_kind_of_label_is_refused():
    latents, labels = labelled(unit(1))
    with pytest.raises(ShapeError, match="with the attribute"):
        fit_boundary(latents, torch.ones_like(labels))
    with pytest.raises(ShapeError, match="labels"):
        fit_boundary(latents, labels[:-1])


def test_orthogonalising_removes_every_other_direction():
    others = [unit(1), unit(2), unit(1) + 1e-3 * unit(3)]  # nearly parallel ones too
    direction = orthogonalise(unit(7), others)
    assert max(abs(cosine(direction, other)) for other in others) < 1e-6
    assert float(direction.norm()) == pytest.approx(1, abs=1e-6)
    assert cosine(direction, unit(7)) > 0.5


def test_orthogonalising_against_nothing_only_normalises():
    torch.testing.assert_close(orthogonalise(3 * unit(1), []), unit(1))


def test_a_direction_within_the_others_leaves_nothing():
    with pytest.raises(ShapeError, match="nothing is left"):
        orthogonalise(unit(1) + unit(2), [unit(1), unit(2)])
    with pytest.raises(ShapeError, match="must all be"):
        orthogonalise(unit(1), [torch.ones(L + 1, D)])


def test_between_the_same_people_with_and_without_the_means_give_the_way_itself():
    spread = torch.logspace(-1, 1, L)[:, None]
    people = torch.randn(200, L, D, generator=torch.Generator().manual_seed(5)) * spread
    way = unit(6)
    labels = torch.arange(400) >= 200
    assert cosine(means_boundary(torch.cat([people, people + 3 * way]), labels), way) > 0.9999


def test_the_means_need_both_kinds_too():
    with pytest.raises(ShapeError, match="both|without"):
        means_boundary(torch.zeros(3, L, D), torch.ones(3))
