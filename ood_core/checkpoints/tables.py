"""Tables of names: what a file calls each tensor, and what we call it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor

from ..errors import CheckpointError

_TAPS = (1.0, 3.0, 3.0, 1.0)


class Name(NamedTuple):
    """One tensor: our name and shape, and its shape in the file; the numbers and their order are the same."""

    ours: str
    own_shape: tuple[int, ...]
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Table:
    """All tensors of one network in a file.

    Attributes:
        names: the file's name → `Name`.
        kernels: the file's name of a resampling filter → its gain. We have no such tensors: the filter is
            always [1,3,3,1] in both directions, so that it can be checked, dropped and made again.
    """

    names: Mapping[str, Name]
    kernels: Mapping[str, float] = field(default_factory=dict)

    def __or__(self, other: Table) -> Table:
        return Table({**self.names, **other.names}, {**self.kernels, **other.kernels})

    def within(self, theirs: str, ours: str = "") -> Table:
        """The same table for a network inside another: both prefixes put before the names."""
        return Table(
            {theirs + key: name._replace(ours=ours + name.ours) for key, name in self.names.items()},
            {theirs + key: gain for key, gain in self.kernels.items()},
        )


def fir_kernel(gain: float) -> Tensor:
    """The filter outer([1,3,3,1], [1,3,3,1]) / 64 times a gain: [4,4]; its values are exact."""
    taps = torch.tensor(_TAPS)
    return torch.outer(taps, taps) / 64 * gain


def to_ours(tensors: Mapping[str, Tensor], table: Table, where: str, prefix: str = "") -> dict[str, Tensor]:
    """Rename and reshape a network's tensors, after checking that exactly those of the table are there.

    Args:
        tensors: the network's tensors by the file's names.
        table: what is expected.
        where: the file, for messages.
        prefix: what stands before each name in the file, for messages.

    Returns:
        Our name → tensor; views, not copies.

    Raises:
        CheckpointError: naming the first key that is missing, unexpected, or has another shape or type.
    """
    kernels = {key: table.kernels[key] for key in table.kernels if key in tensors}
    _check_keys(tensors, (*table.names, *(table.kernels if kernels else ())), where, prefix)
    for key, gain in kernels.items():
        same = tensors[key].shape == (4, 4) and torch.allclose(
            tensors[key].float(), fir_kernel(gain), atol=1e-6
        )
        if not same:
            raise CheckpointError(
                f"{where}: filter '{prefix}{key}' is not [1,3,3,1] with gain {gain:g}, the only one supported"
            )
    return {
        name.ours: _checked(tensors[key], name, where, prefix + key).reshape(name.own_shape)
        for key, name in table.names.items()
    }


def to_theirs(tensors: Mapping[str, Tensor], table: Table, kernels: bool) -> dict[str, Tensor]:
    """The inverse of `to_ours`: the file's names and shapes, with its resampling filters if it had any."""
    theirs = {key: tensors[name.ours].reshape(name.shape) for key, name in table.names.items()}
    return {**theirs, **({key: fir_kernel(gain) for key, gain in table.kernels.items()} if kernels else {})}


def _checked(tensor: Tensor, name: Name, where: str, key: str) -> Tensor:
    counter = key.endswith("num_batches_tracked")
    if tuple(tensor.shape) != name.shape:
        raise CheckpointError(
            f"{where}: '{key}' has shape {list(tensor.shape)}, expected {list(name.shape)}; "
            "is it a network of another size?"
        )
    if tensor.is_floating_point() == counter:
        kind = "whole" if counter else "floating-point"
        raise CheckpointError(f"{where}: '{key}' holds {tensor.dtype}, expected {kind} numbers")
    check_finite(tensor, where, key)
    return tensor


def check_finite(tensor: Tensor, where: str, key: str) -> None:
    """Raise CheckpointError, naming file and key, if a value of a tensor is infinite or no number."""
    if not torch.isfinite(tensor).all():
        raise CheckpointError(f"{where}: '{key}' holds a value that is not finite; the file is damaged")


def _check_keys(found: Mapping[str, Tensor], expected: Sequence[str], where: str, prefix: str) -> None:
    missing = [key for key in expected if key not in found]
    if missing:
        raise CheckpointError(
            f"{where}: '{prefix}{missing[0]}' is missing{_and_more(missing)}; expected {len(expected)} "
            f"tensors under '{prefix}', found {len(found)}"
        )
    wanted = set(expected)
    extra = [key for key in found if key not in wanted]
    if extra:
        raise CheckpointError(
            f"{where}: '{prefix}{extra[0]}' is unexpected{_and_more(extra)}; expected the {len(expected)} "
            "tensors of the plain network"
        )


def _and_more(names: Sequence[str]) -> str:
    return f" (and {len(names) - 1} more)" if len(names) > 1 else ""


def count_from(names: Mapping[str, Tensor], pattern: str, start: int = 0) -> int:
    """How many of pattern.format(n=start), pattern.format(n=start + 1), … are there before the first gap."""
    return next(n for n in range(len(names) + 1) if pattern.format(n=start + n) not in names)


def sizes(tensors: Mapping[str, Tensor], key: str, where: str, dimensions: int) -> tuple[int, ...]:
    """The shape of a tensor that must be there, to read a network's numbers from.

    Raises:
        CheckpointError: if it is missing or has another number of dimensions, or one of them is 0.
    """
    if key not in tensors:
        raise CheckpointError(f"{where}: '{key}' is missing; without it the network's size is unknown")
    shape = tuple(tensors[key].shape)
    if len(shape) != dimensions or math.prod(shape) == 0:
        raise CheckpointError(
            f"{where}: '{key}' has shape {list(shape)}, expected {dimensions} dimensions, none of 0"
        )
    return shape
