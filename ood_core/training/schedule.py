"""Learning rates and averages over steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

import torch
from torch import nn


class HasSteps(Protocol):
    """A stretch of a training that knows its length."""

    @property
    def steps(self) -> int:
        """Number of batches."""


P = TypeVar("P", bound=HasSteps)


def batches(kimg: float, batch: int) -> int:
    """Number of batches in thousands of pictures, at least one."""
    return max(1, round(kimg * 1000 / batch))


def phase_at(phases: Sequence[P], index: int) -> tuple[P, int]:
    """The phase that a step of the whole training falls into, and the step's number within it.

    Raises:
        IndexError: if the training is shorter.
    """
    for phase in phases:
        if index < phase.steps:
            return phase, index
        index -= phase.steps
    raise IndexError(index)


def warm_then_decay(index: int, steps: int, warmup: int = 100, decay: float = 0.4) -> float:
    """Factor of the learning rate: rises over ``warmup`` steps, falls over the last share ``decay``."""
    rise = min(1.0, (index + 1) / max(1, warmup))
    fall = min(1.0, (steps - index) / max(1.0, decay * steps))
    return rise * max(fall, 0.02)


def set_learning_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of every parameter group."""
    for group in optimiser.param_groups:
        group["lr"] = rate


@torch.no_grad()
def update_average(average: nn.Module, module: nn.Module, index: int, batch: int, half_life: float) -> None:
    """Move an exponential moving average of the weights towards ``module``; buffers are copied.

    Args:
        average: module of the same architecture, changed in place.
        module: the trained one.
        index: steps done before this one; early averages forget faster.
        batch: pictures a step.
        half_life: in thousands of pictures.
    """
    images = min(half_life * 1000, max(1.0, index * batch * 0.05))
    keep = 0.5 ** (batch / images)
    torch._foreach_lerp_(list(average.parameters()), list(module.parameters()), 1 - keep)
    for kept, new in zip(average.buffers(), module.buffers(), strict=True):
        kept.copy_(new)
