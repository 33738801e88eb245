"""A deghosting network from samples: ghosts are made to order over pictures with foreign things in them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from einops import rearrange
from torch import Tensor, nn

from ...bundle import Bundle
from ...deghosting import Deghoster, DeghosterConfig, pixel_loss, synthesise_ghost
from ...files.networks import save_network
from ..encoder import psnr_of
from ..schedule import set_learning_rate, warm_then_decay
from ..true_edits import EditsOfBundle
from .how import Completing

if TYPE_CHECKING:
    from accelerate import Accelerator


def deghoster_sizes(bundle: Bundle) -> DeghosterConfig:
    """Sizes of a deghosting network: those of portraits-128, which looks at pictures of half the size."""
    config = bundle.generator.config
    return DeghosterConfig(min(128, max(4, config.resolution // 2)), config, 16, 8, 3)


class DeghosterFromSamples:
    """A task of `loop.train`; the published training without its adversary, which a lone generator lacks.

    Args:
        bundle: its generator and directions are not changed.
        how: steps and sizes.
        accelerator: device and processes.
    """

    def __init__(self, bundle: Bundle, how: Completing, accelerator: Accelerator) -> None:
        self.how, self.accelerator = how, accelerator
        self.edits = EditsOfBundle(bundle)
        with torch.random.fork_rng():
            torch.manual_seed(how.seed)
            network = Deghoster(deghoster_sizes(bundle))
        network.generator.load_state_dict(bundle.generator.state_dict())
        learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
        adam = torch.optim.Adam(learning, lr=how.learning_rate, betas=(0.9, 0.99))
        self.trained = network
        self.modules: Mapping[str, nn.Module] = {"deghoster": network}
        self.optimisers: Mapping[str, torch.optim.Optimizer] = {"deghoster": adam}
        self.network, self.prepared = accelerator.prepare(network, adam)
        self.steps = how.fewer

    def step(self, index: int, random: torch.Generator) -> dict[str, Tensor]:
        """One batch."""
        ghost, original = self._ghosts(self.how.batch, random)
        made = self.network(ghost)
        loss = pixel_loss(made, original)
        set_learning_rate(self.prepared, self.how.learning_rate * warm_then_decay(index, self.steps))
        self.trained.zero_grad(set_to_none=True)
        self.accelerator.backward(loss)
        self.prepared.step()
        return {"pixel": loss.detach(), "psnr": psnr_of((made.detach().clamp(-1, 1) - original).square())}

    @torch.no_grad()
    def sheet(self) -> Tensor:
        """Rows: ghosts, what the network makes of them, the pictures."""
        ghost, original = self._ghosts(8, torch.Generator().manual_seed(1))
        rows = torch.cat([ghost, self.trained(ghost), original])
        return rearrange(rows.cpu(), "(r c) ch h w -> ch (r h) (c w)", r=3)

    def export(self, folder: Path) -> None:
        """Write deghoster.safetensors."""
        save_network(folder / "deghoster.safetensors", self.trained)

    def _ghosts(self, count: int, random: torch.Generator) -> tuple[Tensor, Tensor]:
        edits = self.edits.sample(count, random)
        return synthesise_ghost(edits.original, edits.after, edits.change), edits.original
