"""A deghosting network from samples: ghosts are made to order over pictures with foreign things in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from einops import rearrange
from torch import Tensor

from ...bundle import Bundle
from ...deghosting import Deghoster, DeghosterConfig, pixel_loss, synthesise_ghost
from ..encoder import psnr_of
from ..true_edits import EditsOfBundle
from .how import Completing
from .part import PartFromSamples

if TYPE_CHECKING:
    from accelerate import Accelerator


def deghoster_sizes(bundle: Bundle) -> DeghosterConfig:
    """Sizes of a deghosting network: those of portraits-128, which looks at pictures of half the size."""
    config = bundle.generator.config
    return DeghosterConfig(min(128, max(4, config.resolution // 2)), config, 16, 8, 3)


class DeghosterFromSamples(PartFromSamples):
    """The published training without its adversary, which a lone generator lacks.

    Args:
        bundle: its generator and directions are not changed.
        how: steps and sizes.
        accelerator: device and processes.
    """

    def __init__(self, bundle: Bundle, how: Completing, accelerator: Accelerator) -> None:
        self.edits = EditsOfBundle(bundle)
        with torch.random.fork_rng():
            torch.manual_seed(how.seed)
            self.trained = Deghoster(deghoster_sizes(bundle))
        self.trained.generator.load_state_dict(bundle.generator.state_dict())
        super().__init__("deghoster", self.trained, how, accelerator, how.fewer)

    def step(self, index: int, random: torch.Generator) -> dict[str, Tensor]:
        """One batch."""
        ghost, original = self._ghosts(self.how.batch, random)
        made = self.network(ghost)
        loss = pixel_loss(made, original)
        self.descend(loss, index)
        return {"pixel": loss.detach(), "psnr": psnr_of((made.detach().clamp(-1, 1) - original).square())}

    @torch.no_grad()
    def sheet(self) -> Tensor:
        """Rows: ghosts, what the network makes of them, the pictures."""
        ghost, original = self._ghosts(8, torch.Generator().manual_seed(1))
        rows = torch.cat([ghost, self.trained(ghost), original])
        return rearrange(rows.cpu(), "(r c) ch h w -> ch (r h) (c w)", r=3)

    def _ghosts(self, count: int, random: torch.Generator) -> tuple[Tensor, Tensor]:
        edits = self.edits.sample(count, random)
        return synthesise_ghost(edits.original, edits.after, edits.change), edits.original
