"""A small network that sees I, T and the evidence, and says what changed; it knows no classes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from ..files.networks import load_network
from ..registration import Registration
from ..registration.filters import gaussian
from ..unet import UNet
from .change_evidence import Evidence

WEIGHTS = Path(__file__).with_name("changes.safetensors")
_INPUTS = 18
_MULTIPLE = 16  # sides that the network's levels divide


@dataclass(frozen=True)
class ChangeNetworkConfig:
    """Channels at 1/2, 1/4, 1/8 and 1/16 of the size."""

    channels: tuple[int, ...] = (24, 32, 48, 64)


class ChangeNetwork(UNet):
    """The absolute strength of a difference decides, not its rank."""

    kind: ClassVar[str] = "changes"
    config_type: ClassVar[type[ChangeNetworkConfig]] = ChangeNetworkConfig

    def __init__(self, config: ChangeNetworkConfig = ChangeNetworkConfig()) -> None:
        super().__init__(_INPUTS, 1, config.channels)
        self.config = config


def network_input(before: Tensor, registration: Registration, evidence: Evidence) -> Tensor:
    """What the network sees, [1, 18, h, w].

    Args:
        before: I, or what a reference shows of it, [1,3,h,w] in [0,1].
        registration: T on I.
        evidence: of these two.
    """
    matched = registration.matched.clamp(0, 1)
    difference = gaussian(before, evidence.softness) - matched
    return torch.cat(
        [
            before - 0.5,
            matched - 0.5,
            difference * 6,
            gaussian(difference, 2.0) * 12,
            torch.log1p(evidence.levels.clamp(0, 100)),
            registration.trust,
            registration.covered,
        ],
        1,
    )


def padded(inputs: Tensor) -> Tensor:
    """Inputs with their border repeated until 16 divides the sides."""
    height, width = inputs.shape[-2:]
    return F.pad(inputs, (0, -width % _MULTIPLE, 0, -height % _MULTIPLE), mode="replicate")


@torch.no_grad()
def change_probability(network: ChangeNetwork, inputs: Tensor) -> Tensor:
    """How likely each pixel changed, [1,1,h,w]."""
    height, width = inputs.shape[-2:]
    return torch.sigmoid(network(padded(inputs))[..., :height, :width].float())


@lru_cache(maxsize=2)
def built_in(device: torch.device) -> ChangeNetwork:
    """The network that ships with the package, read once for each device."""
    with torch.inference_mode(False):  # its weights outlive the mode in which it is first used
        network = load_network(WEIGHTS, ChangeNetwork)
    return network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]
