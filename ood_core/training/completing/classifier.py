"""A differential classifier from samples: along which direction were the latents moved? (Song et al. 2022)"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor

from ...bundle import Bundle
from ...diffcam import DiffCamConfig, DifferentialClassifier, paper_diffcam
from ...images import resize_area
from ..true_edits import EditsOfBundle
from .how import Completing
from .part import PartFromSamples

if TYPE_CHECKING:
    from accelerate import Accelerator


def classifier_sizes(bundle: Bundle) -> DiffCamConfig:
    """Sizes of a classifier of a bundle's directions: those of portraits-128, in steps of its resolution."""
    side = min(bundle.resolution, 256)
    strides = (1, 2, 2, 1) if side == 256 else (1, 2, 1, 1)
    return DiffCamConfig(side, 16, (1, 2, 2, 1), strides, 1, len(bundle.attributes))


class ClassifierFromSamples(PartFromSamples):
    """One class for each of the bundle's attributes, whatever the edit's sign.

    Args:
        bundle: its generator and directions are not changed.
        how: steps and sizes.
        accelerator: device and processes.
    """

    def __init__(self, bundle: Bundle, how: Completing, accelerator: Accelerator) -> None:
        self.edits = EditsOfBundle(bundle)
        with torch.random.fork_rng():
            torch.manual_seed(how.seed)
            self.trained = DifferentialClassifier(classifier_sizes(bundle))
        super().__init__("diffcam", self.trained, how, accelerator, how.fewer)

    def step(self, index: int, random: torch.Generator) -> dict[str, Tensor]:
        """One batch."""
        before, after, moved = self.edits.single(self.how.batch, random)
        side = self.trained.config.input_resolution
        logits = self.network(resize_area(before, side), resize_area(after, side))
        loss = F.cross_entropy(logits, moved.to(logits.device))
        self.descend(loss, index)
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
