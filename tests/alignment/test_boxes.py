"""Boxes that overlap, and which of them remain."""

from __future__ import annotations

import torch

from ood_core.alignment.boxes import areas, coverage, generalised_overlap, overlaps, suppressed

BOXES = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 5], [20, 20, 30, 30], [1, 1, 11, 11], [5, 5, 1, 1]])


def test_overlap_is_intersection_over_union() -> None:
    table = overlaps(BOXES[:3], BOXES[:3])
    assert torch.allclose(table, torch.tensor([[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1.0]]))
    assert areas(BOXES).tolist() == [100, 50, 100, 100, 0]


def test_the_surer_of_two_that_overlap_remains() -> None:
    scores = torch.tensor([0.5, 0.4, 0.3, 0.9, 0.1])
    assert suppressed(BOXES, scores, 0.6).tolist() == [3, 1, 2, 4]
    assert suppressed(BOXES[:0], scores[:0], 0.4).tolist() == []


def test_a_box_that_was_removed_removes_none() -> None:
    chain = torch.tensor([[0.0, 0, 10, 10], [4, 0, 14, 10], [8, 0, 18, 10]])
    assert suppressed(chain, torch.tensor([0.9, 0.8, 0.7]), 0.4).tolist() == [0, 2]


def test_generalised_overlap_falls_with_the_distance() -> None:
    first = torch.tensor([[0.0, 0, 10, 10]] * 3)
    second = torch.tensor([[0.0, 0, 10, 10], [10, 0, 20, 10], [30, 0, 40, 10]])
    assert torch.allclose(generalised_overlap(first, second), torch.tensor([1.0, 0.0, -0.5]))


def test_a_box_within_another_is_covered_however_small() -> None:
    boxes = torch.tensor([[0.0, 0, 10, 10], [4, 4, 5, 5]])
    assert coverage(boxes, boxes).tolist() == [[1, 1], [1, 1]]
    assert suppressed(boxes, torch.tensor([0.9, 0.8]), 0.6, coverage).tolist() == [0]
