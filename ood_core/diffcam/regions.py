"""Connected regions of small boolean pictures, by runs of pixels along the rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Regions:
    """The 8-connected regions of a picture [H, W].

    Attributes:
        rows, starts, ends: of each run of pixels; it does not hold its end.
        labels: region of each run, 0 … count − 1.
        count: how many regions there are.
        size: (H, W).
    """

    rows: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]
    count: int
    size: tuple[int, int]

    def total(self, values: npt.NDArray[np.float64] | Flags) -> npt.NDArray[np.float64]:
        """The sum of [H, W] over each region."""
        sums = np.zeros((self.size[0], self.size[1] + 1))
        np.cumsum(values, axis=1, out=sums[:, 1:])
        runs = sums[self.rows, self.ends] - sums[self.rows, self.starts]
        return np.bincount(self.labels, runs, self.count).astype(np.float64)

    def areas(self) -> npt.NDArray[np.float64]:
        """Pixels of each region."""
        return np.bincount(self.labels, self.ends - self.starts, self.count).astype(np.float64)

    def at_border(self) -> Flags:
        """Which regions touch the picture's border."""
        touching = (self.rows == 0) | (self.rows == self.size[0] - 1)
        touching |= (self.starts == 0) | (self.ends == self.size[1])
        return np.bincount(self.labels, touching, self.count) > 0

    def paint(self, chosen: Flags) -> Flags:
        """The chosen regions as a picture [H, W]."""
        edges = np.zeros((self.size[0], self.size[1] + 1), np.int8)
        kept = chosen[self.labels]
        edges[self.rows[kept], self.starts[kept]] += 1
        edges[self.rows[kept], self.ends[kept]] -= 1
        return np.cumsum(edges[:, :-1], axis=1) > 0


def regions_of(picture: Flags) -> Regions:
    """Find the regions of [H, W]."""
    height, width = picture.shape
    padded = np.zeros((height, width + 2), np.int8)
    padded[:, 1:-1] = picture
    steps = np.diff(padded, axis=1)
    rows, starts = np.nonzero(steps == 1)
    ends = np.nonzero(steps == -1)[1]
    labels = _joined(*_touching(rows, starts, ends, width), len(rows))
    names, labels = np.unique(labels, return_inverse=True)
    return Regions(rows, starts, ends, labels, len(names), (height, width))


def _touching(
    rows: npt.NDArray[np.int64], starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64], width: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Pairs of runs that touch, diagonally too, one row apart."""
    key = width + 2
    above = (rows - 1) * key
    first = np.searchsorted(rows * key + ends, above + starts, "left")
    last = np.searchsorted(rows * key + starts, above + ends, "right")
    counts = np.maximum(last - first, 0)
    lower = np.repeat(np.arange(len(rows)), counts)
    offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return lower, np.repeat(first, counts) + offsets


def _joined(first: npt.NDArray[np.int64], second: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.int64]:
    """The smallest run of each run's region: labels hop along pairs, then to their label's label."""
    labels = np.arange(count)
    while True:
        before = labels.copy()
        np.minimum.at(labels, first, labels[second])
        np.minimum.at(labels, second, labels[first])
        np.minimum.at(labels, before, labels)
        labels = labels[labels]
        if (labels == before).all():
            return labels


def without_small_holes(picture: Flags, area: float) -> Flags:
    """The picture with holes of at most ``area`` pixels filled, if they do not touch its border."""
    holes = regions_of(~picture)
    return picture | holes.paint((holes.areas() <= area) & ~holes.at_border())
