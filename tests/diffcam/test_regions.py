"""Connected regions, compared with a flood fill."""

from __future__ import annotations

import numpy as np
import pytest

from ood_core.diffcam.regions import regions_of, without_small_holes


def flooded(picture: np.ndarray) -> np.ndarray:
    """Labels by flood fill; -1 where nothing is."""
    labels = np.full(picture.shape, -1)
    count = 0
    for start in zip(*np.nonzero(picture), strict=True):
        if labels[start] >= 0:
            continue
        stack = [start]
        while stack:
            y, x = stack.pop()
            if not (0 <= y < picture.shape[0] and 0 <= x < picture.shape[1]):
                continue
            if not picture[y, x] or labels[y, x] >= 0:
                continue
            labels[y, x] = count
            stack += [(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
        count += 1
    return labels


@pytest.mark.parametrize("density", [0.05, 0.3, 0.45, 0.6, 0.9])
def test_regions_are_those_of_a_flood_fill(density: float) -> None:
    picture = np.random.default_rng(int(density * 100)).random((37, 53)) < density
    regions, truth = regions_of(picture), flooded(picture)
    assert regions.count == truth.max() + 1
    assert sorted(regions.areas()) == sorted(np.bincount(truth[truth >= 0]))
    for index in range(regions.count):
        painted = regions.paint(np.arange(regions.count) == index)
        assert len(set(truth[painted])) == 1 and painted.sum() == regions.areas()[index]


def test_nothing_has_no_regions() -> None:
    regions = regions_of(np.zeros((5, 7), bool))
    assert regions.count == 0
    assert not regions.paint(np.zeros(0, bool)).any()


def test_small_holes_are_filled_and_open_ones_are_not() -> None:
    picture = np.ones((20, 20), bool)
    picture[5:7, 5:7] = picture[10:16, 10:16] = picture[0:2, 3:5] = False
    filled = without_small_holes(picture, 8)
    assert filled[5:7, 5:7].all() and not filled[10:16, 10:16].any() and not filled[0:2, 3:5].any()
