"""What every part that is trained from samples has in common."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from ...files.networks import save_network
from ..schedule import set_learning_rate, warm_then_decay
from .how import Completing

if TYPE_CHECKING:
    from accelerate import Accelerator


class PartFromSamples:
    """One network and Adam; a task of `loop.train` says what a step minimises, and what its sheet shows.

    Args:
        name: of the part, and of its file.
        network: what is trained; parameters that need no gradient stay as they are.
        how: batch, rate and seed.
        accelerator: device and processes.
        steps: updates.
    """

    def __init__(
        self, name: str, network: nn.Module, how: Completing, accelerator: Accelerator, steps: int
    ) -> None:
        learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
        adam = torch.optim.Adam(learning, lr=how.learning_rate, betas=(0.9, 0.99))
        self.name, self.how, self.accelerator, self.steps = name, how, accelerator, steps
        self.modules: Mapping[str, nn.Module] = {name: network}
        self.optimisers: Mapping[str, torch.optim.Optimizer] = {name: adam}
        self.network, self.prepared = accelerator.prepare(network, adam)

    def descend(self, loss: Tensor, index: int) -> None:
        """Update the network by a scalar that one of its batches gave; ``index`` counts steps from 0."""
        set_learning_rate(self.prepared, self.how.learning_rate * warm_then_decay(index, self.steps))
        self.modules[self.name].zero_grad(set_to_none=True)
        self.accelerator.backward(loss)
        self.prepared.step()

    def export(self, folder: Path) -> None:
        """Write the part's safetensors file."""
        save_network(folder / f"{self.name}.safetensors", self.modules[self.name])
