"""People for the tests of the portrait domain."""

from __future__ import annotations

import torch
from torch import Tensor

from ood_core.domains.portraits import ATTRIBUTES, sample_factors, set_attribute


def some_people(count: int, seed: int = 0) -> Tensor:
    """Sampled factors [B, K]."""
    return sample_factors(count, torch.Generator().manual_seed(seed))


def plain_people(count: int, seed: int = 0) -> Tensor:
    """Sampled people without any attribute."""
    factors = some_people(count, seed)
    for name in ATTRIBUTES:
        factors = set_attribute(factors, name, 0.0)
    return factors
