"""Labels that landmarks give: who opens the mouth, and who narrows the eyes.

Nobody need look at a thousand pictures for that. A distance between two lids or two lips, though, is a number
and no yes or no, and landmarks are off by some pixels: so only the ends of what a collection shows are
labelled, and what lies between stays unlabelled.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from ..errors import RecipeError
from ..files.whole import written_whole
from .photographs import Photographs

_SHOWN, _BARE = 0.15, 0.5  # shares of the pictures that are labelled 1 and 0
_AT_ONCE = 64

_INNER_LIPS = ((61, 67), (62, 66), (63, 65))
_MOUTH_CORNERS = (48, 54)
_EYES = ((36, 39, (37, 41), (38, 40)), (42, 45, (43, 47), (44, 46)))
"""Each eye: its corners, and two pairs of points on the upper and lower lid."""


def _apart(points: Tensor, first: int, second: int) -> Tensor:
    return (points[:, first] - points[:, second]).norm(dim=-1)


def mouth_opening(points: Tensor) -> Tensor:
    """Gap between the lips in widths of the mouth, of 68 landmarks (iBUG 300-W) [N, 68, 2]: [N]."""
    gaps = torch.stack([_apart(points, *pair) for pair in _INNER_LIPS])
    return gaps.mean(dim=0) / _apart(points, *_MOUTH_CORNERS)


def eye_opening(points: Tensor) -> Tensor:
    """Gap between the lids in widths of the eye, mean of both (Soukupová & Čech 2016, eq. 1), [N]."""
    eyes = []
    for left, right, *lids in _EYES:
        gaps = torch.stack([_apart(points, *pair) for pair in lids])  # type: ignore[misc]
        eyes.append(gaps.mean(dim=0) / _apart(points, left, right))
    return torch.stack(eyes).mean(dim=0)


MEASURED: dict[str, Callable[[Tensor], Tensor]] = {
    "Mouth_Open": mouth_opening,
    "Narrow_Eyes": lambda points: -eye_opening(points),
}
"""What grows with each attribute."""


def ends(amount: Tensor) -> Tensor:
    """1 where an amount [N] is among the largest, 0 where it is in the smaller half, NaN between."""
    labels = torch.full_like(amount, float("nan"))
    labels[amount <= amount.quantile(_BARE)] = 0
    labels[amount >= amount.quantile(1 - _SHOWN)] = 1
    return labels


@torch.no_grad()
def measured_labels(photographs: Photographs, network: Callable[[Tensor], Tensor]) -> dict[str, Tensor]:
    """The labels of every attribute of `MEASURED`, [N] each: 1, 0, or NaN where it isn't clear.

    Args:
        photographs: cut out by a frame from the brows to the chin, which the network knows.
        network: faces [B, 3, R, R] in [-1, 1] to 68 landmarks in shares of the sides, [B, 68, 2].
    """
    parts = torch.arange(len(photographs.about)).split(_AT_ONCE)
    points = torch.cat([network(photographs.faces(part)) for part in parts])
    return {name: ends(measure(points)) for name, measure in MEASURED.items()}


def add_columns(path: Path, names: Sequence[str], columns: Mapping[str, Tensor]) -> None:
    """Write labels into a table, which keeps its other columns and rows; see `labels.read_labels`.

    Args:
        path: the table; made if it isn't there.
        names: of the pictures, as in photographs.csv, N of them.
        columns: attribute → labels, [N].

    Raises:
        RecipeError: if a table is there and cannot be read.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            rows = {row["name"]: row for row in reader}
            head = list(reader.fieldnames or ["name"])
    except FileNotFoundError:
        rows, head = {}, ["name"]
    except (KeyError, OSError, UnicodeDecodeError, csv.Error) as error:
        raise RecipeError(f"The labels {path} cannot be read ({error}).") from None
    for index, name in enumerate(names):
        row = rows.setdefault(name, {"name": name})
        row.update({each: _cell(labels[index]) for each, labels in columns.items()})
    head += [each for each in columns if each not in head]
    with written_whole(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, head, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows.values())


def _cell(label: Tensor) -> str:
    return "" if bool(label.isnan()) else str(int(label))
