"""How tensors lie in memory."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import nn

M = TypeVar("M", bound=nn.Module)


def channels_last(module: M) -> M:
    """The module with its convolutions' weights in NHWC order: a third faster on CPUs."""
    return module.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]
