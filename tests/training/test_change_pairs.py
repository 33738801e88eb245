"""Training pairs hold what they promise."""

from __future__ import annotations

import pytest
import torch

from ood_core.training.change_network import change_loss
from ood_core.training.change_pairs import sample_pair
from ood_core.training.change_pairs.edits import EDITS
from tests.registration.scenes import picture


@pytest.mark.parametrize("kind", EDITS)
def test_an_edit_stays_within_its_mask(kind: str) -> None:
    scene = picture(0, 96, 112)
    random = torch.Generator().manual_seed(4)
    changed = EDITS[kind][1](scene / 2 + 0.5, random)
    pair = sample_pair(scene, torch.Generator().manual_seed(4), kind=kind)
    assert changed.shape == scene.shape and bool(torch.isfinite(changed).all())
    assert pair.place.shape == (1, 2, *pair.edited.shape[-2:])
    assert set(pair.mask.unique().tolist()) <= {0.0, 1.0}
    assert kind != "nothing" or float(pair.mask.max()) == 0


def test_the_same_seed_draws_the_same_pair() -> None:
    first, second = (sample_pair(picture(), torch.Generator().manual_seed(9)) for _ in range(2))
    assert first.kind == second.kind and torch.equal(first.edited, second.edited)


def test_a_perfect_answer_costs_nothing_and_a_wrong_one_does() -> None:
    mask = torch.zeros(2, 1, 32, 32)
    mask[0, :, 8:24, 8:24] = 1
    assert float(change_loss((mask * 2 - 1) * 30, mask)) < 0.01
    assert float(change_loss((1 - mask * 2) * 30, mask)) > 1
