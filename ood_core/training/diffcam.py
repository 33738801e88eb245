"""Training the differential classifier: along which direction were the latents moved? (Song et al. 2022)"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from ..diffcam import DiffCamConfig, DifferentialClassifier, faithful_diffcam, paper_diffcam
from ..files.networks import save_network
from ..images import resize_area
from .data import DataRecipe, Pictures
from .edits import EditSource, EditsRecipe
from .recipe import LoopRecipe
from .schedule import batches, set_learning_rate, warm_then_decay

if TYPE_CHECKING:
    from accelerate import Accelerator


@dataclass(frozen=True)
class DiffCamRecipe:
    """Everything the classifier's training depends on."""

    loop: LoopRecipe
    data: DataRecipe
    edits: EditsRecipe
    diffcam: DiffCamConfig
    kimg: float
    batch: int
    learning_rate: float


class DiffCamTask:
    """The classifier; its classes are the domain's attributes, in their order, whatever the edit's sign."""

    def __init__(self, recipe: DiffCamRecipe, folder: Path, accelerator: Accelerator) -> None:
        self.recipe = recipe
        self.accelerator = accelerator
        pictures = Pictures(recipe.data, folder.parent / "data")
        self.edits = EditSource(recipe.edits, pictures, folder.parent, accelerator.device)
        torch.manual_seed(recipe.loop.seed)
        network = DifferentialClassifier(recipe.diffcam)
        self.modules: dict[str, nn.Module] = {"diffcam": network}
        self.optimisers = {"diffcam": torch.optim.Adam(network.parameters(), betas=(0.9, 0.99), fused=True)}
        self.network, self.optimiser = accelerator.prepare(network, self.optimisers["diffcam"])
        self.steps = batches(recipe.kimg, recipe.batch)

    def step(self, index: int, random: torch.Generator) -> dict[str, Tensor]:
        """One batch."""
        rate = self.recipe.learning_rate * warm_then_decay(index, self.steps)
        set_learning_rate(self.optimiser, rate)
        edits = self.edits.sample(self.recipe.batch, random)
        side = self.recipe.diffcam.input_resolution
        logits = self.network(resize_area(edits.reconstruction, side), resize_area(edits.edited, side))
        loss = F.cross_entropy(logits, edits.attribute)
        self.optimiser.zero_grad(set_to_none=True)
        self.accelerator.backward(loss)
        self.optimiser.step()
        accuracy = (logits.argmax(dim=1) == edits.attribute).float().mean()
        return {"cross_entropy": loss.detach(), "accuracy": accuracy}

    @torch.no_grad()
    def sheet(self) -> Tensor:
        """A column an attribute: I', T, the published mask, the faithful mask."""
        count = len(self.edits.names)
        images = self.edits.pictures.at(torch.arange(count)).image
        edits = self.edits.edit(images, torch.arange(count), torch.ones(count))
        network = self.modules["diffcam"].eval()
        classes = [edits.attribute.tolist()]
        pair = (edits.reconstruction, edits.edited, network, classes)
        masks = [find(*pair).mask * 2 - 1 for find in (paper_diffcam, faithful_diffcam)]  # type: ignore[arg-type]
        network.train()
        rows = [edits.reconstruction, edits.edited, *(mask.expand(-1, 3, -1, -1) for mask in masks)]
        return rearrange(torch.cat(rows).cpu(), "(r c) ch h w -> ch (r h) (c w)", c=count)

    def export(self, folder: Path) -> None:
        """Write diffcam.safetensors."""
        save_network(folder / "diffcam.safetensors", self.modules["diffcam"])
