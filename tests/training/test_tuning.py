"""Tuning: which edits are asked for."""

from __future__ import annotations

import torch

from ood_core.training.tuning import elsewhere


def test_edits_go_part_of_the_way_as_well_as_all_of_it_and_never_nowhere():
    random = torch.Generator().manual_seed(0)
    for start in (0.0, 0.1, 0.5, 0.85, 1.0):
        ends = elsewhere(torch.full((4000,), start), random)
        assert ends.min() >= 0 and ends.max() <= 1 + 1e-6
        assert ((ends - start).abs() > 0.249).all()
        for low, high in ((0.0, 0.1), (0.35, 0.5), (0.6, 0.75), (0.9, 1.0)):
            if start - 0.25 >= high or start + 0.25 <= low:
                assert ((ends >= low) & (ends <= high)).float().mean() > 0.08
