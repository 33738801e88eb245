"""Training the deghosting network: ghosts are made to order, the photograph is the answer (GLEAN)."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from einops import rearrange
from torch import Tensor, nn

from ..deghosting import (
    Deghoster,
    DeghosterConfig,
    DeghostingWeights,
    deghosting_losses,
    discriminator_loss,
    synthesise_ghost,
)
from ..diffcam import paper_diffcam
from ..files.networks import load_network, save_network
from ..stylegan2 import Discriminator
from .augment import foreign_shapes
from .data import DataRecipe, Pictures
from .edits import EditSource, EditsRecipe
from .recipe import LoopRecipe
from .schedule import batches, set_learning_rate, warm_then_decay
from .stages import finished_network, stage_network

if TYPE_CHECKING:
    from accelerate import Accelerator

_SHEET = 8


@dataclass(frozen=True)
class DeghosterSizes:
    """Sizes of the network, but for the generator inside, which is the run's own."""

    in_resolution: int
    trunk_channels: int
    growth_channels: int
    trunk_blocks: int


@dataclass(frozen=True)
class DeghosterRecipe:
    """Everything the deghosting network's training depends on.

    ``foreign``: share of the pictures with a foreign shape laid over them, for the network must keep what the
    domain does not contain. ``adversarial_from``: share of the steps after which the adversarial loss begins.
    """

    loop: LoopRecipe
    data: DataRecipe
    edits: EditsRecipe
    deghoster: DeghosterSizes
    weights: DeghostingWeights
    kimg: float
    batch: int
    learning_rate: float
    foreign: float
    adversarial_from: float


class DeghosterTask:
    """The network and the discriminator that it has to convince; the generator inside stays as it is."""

    def __init__(self, recipe: DeghosterRecipe, folder: Path, accelerator: Accelerator) -> None:
        run = folder.parent
        self.recipe = recipe
        self.accelerator = accelerator
        self.edits = EditSource(recipe.edits, Pictures(recipe.data, run / "data"), run, accelerator.device)
        self.diffcam = stage_network(run, "diffcam").to(accelerator.device)
        torch.manual_seed(recipe.loop.seed)
        network, discriminator = self._networks(run)
        self.modules: dict[str, nn.Module] = {"deghoster": network, "discriminator": discriminator}
        trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
        self.optimisers = {
            "deghoster": torch.optim.Adam(trained, betas=(0.9, 0.99), fused=True),
            "discriminator": torch.optim.Adam(discriminator.parameters(), betas=(0.9, 0.99), fused=True),
        }
        self.network, self.discriminator, self.optimiser, self.d_optimiser = accelerator.prepare(
            network, discriminator, self.optimisers["deghoster"], self.optimisers["discriminator"]
        )
        self.features: Any = copy.deepcopy(discriminator).requires_grad_(False).to(accelerator.device)
        self.steps = batches(recipe.kimg, recipe.batch)

    def _networks(self, run: Path) -> tuple[Deghoster, nn.Module]:
        generator: Any = finished_network(run, "generator")
        sizes = self.recipe.deghoster
        network = Deghoster(
            DeghosterConfig(
                sizes.in_resolution,
                generator.config,
                sizes.trunk_channels,
                sizes.growth_channels,
                sizes.trunk_blocks,
            )
        )
        network.generator.load_state_dict(generator.state_dict())
        discriminator = load_network(run / "generator" / "discriminator.safetensors", Discriminator)
        return network, discriminator.requires_grad_(True)

    def step(self, index: int, random: torch.Generator) -> dict[str, Tensor]:
        """One batch."""
        rate = self.recipe.learning_rate * warm_then_decay(index, self.steps)
        set_learning_rate(self.optimiser, rate)
        ghost, target = self._ghosts(random)
        made = self.network(ghost)
        adversarial = index >= self.recipe.adversarial_from * self.steps
        logits = self.discriminator(made) if adversarial else None
        terms = deghosting_losses(made, target, self.recipe.weights, self._perceive, logits)
        self.optimiser.zero_grad(set_to_none=True)
        self.accelerator.backward(torch.stack(list(terms.values())).sum())
        self.optimiser.step()
        scalars = {name: term.detach() for name, term in terms.items()}
        if adversarial:
            set_learning_rate(self.d_optimiser, rate)
            scalars["discriminator"] = self._discriminate(made.detach(), target)
        return scalars

    @torch.no_grad()
    def _ghosts(self, random: torch.Generator) -> tuple[Tensor, Tensor]:
        edits = self.edits.sample(self.recipe.batch, random)
        classes = [edits.attribute.tolist()]
        mask = paper_diffcam(edits.reconstruction, edits.edited, self.diffcam, classes).mask
        image, _ = foreign_shapes(edits.image, random, self.recipe.foreign)
        return synthesise_ghost(image, edits.edited, mask), image

    def _perceive(self, image: Tensor) -> Tensor:
        """Features of the domain's own discriminator, where photographs would have VGG's."""
        return torch.cat([level.flatten(1) for level in self.features.features(image)[:3]], dim=1)

    def _discriminate(self, made: Tensor, target: Tensor) -> Tensor:
        fake, real = self.discriminator(torch.cat([made, target])).chunk(2)
        loss = discriminator_loss(real, fake)
        self.d_optimiser.zero_grad(set_to_none=True)
        self.accelerator.backward(loss)
        self.d_optimiser.step()
        return loss.detach()

    @torch.no_grad()
    def sheet(self) -> Tensor:
        """Rows: ghosts, what the network makes of them, the photographs."""
        images = self.edits.pictures.at(torch.arange(_SHEET)).image
        attribute = torch.arange(_SHEET) % len(self.edits.names)
        edits = self.edits.edit(images, attribute, torch.ones(_SHEET))
        classes = [attribute.tolist()]
        mask = paper_diffcam(edits.reconstruction, edits.edited, self.diffcam, classes).mask
        ghost = synthesise_ghost(edits.image, edits.edited, mask)
        rows = torch.cat([ghost, self.modules["deghoster"](ghost), edits.image])
        return rearrange(rows.cpu(), "(r c) ch h w -> ch (r h) (c w)", c=_SHEET)

    def export(self, folder: Path) -> None:
        """Write deghoster.safetensors."""
        save_network(folder / "deghoster.safetensors", self.modules["deghoster"])
