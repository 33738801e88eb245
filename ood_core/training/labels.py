"""Labels of photographs: which attributes a person shows, written down by somebody who looked."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from ..errors import RecipeError
from .photographs import Photographs


def read_labels(path: Path, photographs: Photographs, names: Sequence[str]) -> Tensor:
    """Read a table with one row a picture.

    Args:
        path: CSV with the column ``name``, as in photographs.csv, and one an attribute: 0, 1, or empty where
            nobody can tell. Pictures without a row are unlabelled.
        photographs: whose pictures are labelled.
        names: the attributes.

    Returns:
        [N, A]: 0, 1, or NaN where it isn't known.

    Raises:
        RecipeError: if the table cannot be read, or fewer than two pictures show an attribute, or don't.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = {row["name"]: row for row in csv.DictReader(file)}
    except KeyError:
        raise RecipeError(f"The labels {path} have no column 'name', as photographs.csv has.") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RecipeError(f"The labels {path} cannot be read ({error}).") from None
    labels = torch.tensor([[_value(rows.get(p.name, {}), name) for name in names] for p in photographs.about])
    for name, column in zip(names, labels.T, strict=True):
        shown, bare = int((column == 1).sum()), int((column == 0).sum())
        if min(shown, bare) < 2:
            raise RecipeError(
                f"{path}: of these photographs {shown} are labelled with {name} and {bare} without; both "
                "need two or more: write a row for each picture, named as in photographs.csv"
            )
    return labels


def _value(row: Mapping[str, str], name: str) -> float:
    text = (row.get(name) or "").strip()
    if text not in ("", "0", "1"):
        raise RecipeError(f"labels: {row.get('name')}: {name} must be 0, 1 or empty, not {text!r}.")
    return float(text) if text else float("nan")
