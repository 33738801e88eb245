"""How finely the networks compute: bfloat16 halves the memory and, where the device has it, the time."""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import nn

from ..errors import OodError
from ..stylegan2.layers import SynthesisLayer, ToRGB

Precision = Literal["fp32", "bf16"]


def compute_in(network: nn.Module, precision: Precision) -> None:
    """Let a network's convolutions compute in another precision, from now on.

    What is small and felt everywhere stays float32: latents, styles, demodulation, noise, running
    statistics, and the sum of the generator's RGB layers. Pictures go in and come out as float32.

    Raises:
        OodError: if there is no such precision.
    """
    if precision not in get_args(Precision):
        raise OodError(f"There is no precision '{precision}'. Known: {', '.join(get_args(Precision))}.")
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear | nn.PReLU):
            module.to(dtype)
        elif isinstance(module, SynthesisLayer | ToRGB):
            module.weight.data = module.weight.data.to(dtype)
