"""A differential classifier from samples: along which direction were the latents moved? (Song et al. 2022)"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from ...bundle import Bundle
from ...diffcam import DiffCamConfig, DifferentialClassifier, paper_diffcam
from ...files.networks import save_network
from ...images import resize_area
from ..schedule import set_learning_rate, warm_then_decay
from ..true_edits import EditsOfBundle
from .how import Completing

if TYPE_CHECKING:
    from accelerate import Accelerator


def classifier_sizes(bundle: Bundle) -> DiffCamConfig:
    """Sizes of a classifier of a bundle's directions: those of portraits-128, in steps of its resolution."""
    side = min(bundle.resolution, 256)
    strides = (1, 2, 2, 1) if side == 256 else (1, 2, 1, 1)
    return DiffCamConfig(side, 16, (1, 2, 2, 1), strides, 1, len(bundle.attributes))


class ClassifierFromSamples:
    """A task of `loop.train`: one class for each of the bundle's attributes, whatever the edit's sign.

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
            network = DifferentialClassifier(classifier_sizes(bundle))
        adam = torch.optim.Adam(network.parameters(), lr=how.learning_rate, betas=(0.9, 0.99))
        self.trained = network
        self.modules: Mapping[str, nn.Module] = {"diffcam": network}
        self.optimisers: Mapping[str, torch.optim.Optimizer] = {"diffcam": adam}
        self.network, self.prepared = accelerator.prepare(network, adam)
        self.steps = how.fewer

    def step(self, index: int, random: torch.Generator) -> dict[str, Tensor]:
        """One batch."""
        before, after, moved = self.edits.single(self.how.batch, random)
        side = self.trained.config.input_resolution
        logits = self.network(resize_area(before, side), resize_area(after, side))
        loss = F.cross_entropy(logits, moved.to(logits.device))
        set_learning_rate(self.prepared, self.how.learning_rate * warm_then_decay(index, self.steps))
        self.trained.zero_grad(set_to_none=True)
        self.accelerator.backward(loss)
        self.prepared.step()
        accuracy = (logits.argmax(dim=1).cpu() == moved).float().mean()
        return {"cross_entropy": loss.detach(), "accuracy": accuracy}

    @torch.no_grad()
    def sheet(self) -> Tensor:
        """Rows: I', T, the published mask."""
        before, after, moved = self.edits.single(8, torch.Generator().manual_seed(1))
        self.trained.eval()
        mask = paper_diffcam(before, after, self.trained, [moved.tolist()]).mask * 2 - 1
        self.trained.train()
        rows = torch.cat([before, after, mask.expand(-1, 3, -1, -1)])
        return rearrange(rows.cpu(), "(r c) ch h w -> ch (r h) (c w)", r=3)

    def export(self, folder: Path) -> None:
        """Write diffcam.safetensors."""
        save_network(folder / "diffcam.safetensors", self.trained)
