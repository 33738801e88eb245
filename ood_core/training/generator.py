"""Training the generator: regression on the domain's known factors, then an adversarial finish.

The factors are the generator's z, so that a picture for every z is known. Regression on it (Bojanowski et al.
2017 without the search for z) needs a hundredth of the pictures of adversarial training and leaves only fine
detail soft; the adversarial phases (StyleGAN2's loss: non-saturating logistic, lazy R1) make that sharp,
while the regression loss keeps the meaning of z.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from ..bundle.memory import channels_last
from ..domains import to_z
from ..errors import RecipeError
from ..files.networks import save_network
from ..stylegan2 import Discriminator, DiscriminatorConfig, Generator, GeneratorConfig, estimate_w_avg
from .data import Batch, DataRecipe, Pictures
from .muon import optimisers_of
from .recipe import LoopRecipe
from .schedule import batches, phase_at, set_learning_rate, update_average, warm_then_decay

if TYPE_CHECKING:
    from accelerate import Accelerator

_SHEET = 16


@dataclass(frozen=True)
class Phase:
    """A stretch of the training at one resolution.

    ``kimg``: thousands of pictures. ``adversarial``: weight of the adversarial loss beside the regression; 0
    for regression alone. ``gamma``: R1's weight. ``edge_weight``: see `regression_loss`; early on it holds
    colours back.
    """

    resolution: int
    kimg: float
    batch: int
    learning_rate: float
    edge_weight: float = 0.0
    adversarial: float = 0.0
    gamma: float = 0.0

    @property
    def steps(self) -> int:
        """Number of batches."""
        return batches(self.kimg, self.batch)


@dataclass(frozen=True)
class GeneratorRecipe:
    """Everything the generator's training depends on."""

    loop: LoopRecipe
    data: DataRecipe
    generator: GeneratorConfig
    discriminator: DiscriminatorConfig
    phases: tuple[Phase, ...]
    ema_half_life_kimg: float
    r1_interval: int

    def __post_init__(self) -> None:
        if not self.phases:
            raise RecipeError("A generator's recipe needs at least one phase.")
        for phase in self.phases:
            if phase.resolution not in self.generator.resolutions:
                raise RecipeError(f"phase resolution {phase.resolution} is not one of the generator's.")
            if phase.adversarial and phase.resolution != self.discriminator.resolution:
                raise RecipeError("An adversarial phase must have the discriminator's resolution.")


def regression_loss(image: Tensor, target: Tensor, weight: Tensor, edge_weight: float) -> Tensor:
    """L1 weighted by importance, on colours and on their differences to the neighbours.

    Args:
        image: [B, 3, R, R].
        target: [B, 3, R, R].
        weight: importance, [B, 1, R, R].
        edge_weight: factor of the second part, which counts contours.

    Returns:
        Scalar.
    """
    error = image - target
    scale = weight.mean()
    loss = (error.abs() * weight).mean() / scale
    down = ((error[..., 1:, :] - error[..., :-1, :]).abs() * weight[..., 1:, :]).mean() / scale
    across = ((error[..., :, 1:] - error[..., :, :-1]).abs() * weight[..., :, 1:]).mean() / scale
    return loss + edge_weight * (down + across)


def r1_penalty(discriminator: nn.Module, real: Tensor) -> Tensor:
    """Mean squared length of the logits' gradient at real pictures (Mescheder et al. 2018)."""
    real = real.detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(discriminator(real).sum(), real, create_graph=True)
    return gradient.square().sum(dim=(1, 2, 3)).mean()


class GeneratorTask:
    """Generator, discriminator, and the average of the generator that is shipped."""

    def __init__(self, recipe: GeneratorRecipe, folder: Path, accelerator: Accelerator) -> None:
        self.recipe = recipe
        self.accelerator = accelerator
        self.pictures = Pictures(recipe.data, folder.parent / "data")
        torch.manual_seed(recipe.loop.seed)  # initial weights; the loop never touches the global state again
        generator = channels_last(Generator(recipe.generator))
        discriminator = channels_last(Discriminator(recipe.discriminator))
        self.average = copy.deepcopy(generator).requires_grad_(False).to(accelerator.device)
        self.modules: dict[str, nn.Module] = {
            "generator": generator,
            "discriminator": discriminator,
            "average": self.average,
        }
        self.optimisers: dict[str, torch.optim.Optimizer] = {
            **optimisers_of("generator", generator),
            "discriminator": torch.optim.Adam(discriminator.parameters(), betas=(0.0, 0.99), fused=True),
        }
        if recipe.loop.compile:
            generator.compile()
        self.generator, self.discriminator, *prepared = accelerator.prepare(
            generator, discriminator, *self.optimisers.values()
        )
        *self.g_optimisers, self.d_optimiser = prepared
        self.steps = sum(phase.steps for phase in recipe.phases)

    def step(self, index: int, random: torch.Generator) -> dict[str, Tensor]:
        """One batch: the generator, and in adversarial phases the discriminator after it."""
        phase, local = phase_at(self.recipe.phases, index)
        batch = self._batch(phase, random)
        z = to_z(self.pictures.domain, batch.factors)
        rate = phase.learning_rate * warm_then_decay(local, phase.steps)
        for optimiser in self.g_optimisers:
            set_learning_rate(optimiser, rate)
        fake = self.generator(z, resolution=phase.resolution)
        regression = regression_loss(fake, batch.image, batch.weight, phase.edge_weight)
        scalars = {"regression": regression.detach(), "learning_rate": torch.tensor(rate)}
        loss = regression
        if phase.adversarial:
            realness = F.softplus(-self.discriminator(fake)).mean()
            loss = loss + phase.adversarial * realness
            scalars["adversarial"] = realness.detach()
        self.modules["generator"].zero_grad(set_to_none=True)
        self.accelerator.backward(loss)
        for optimiser in self.g_optimisers:
            optimiser.step()
        if phase.adversarial:
            set_learning_rate(self.d_optimiser, rate)
            scalars |= self._discriminate(fake.detach(), batch.image, phase, index)
        trained = self.accelerator.unwrap_model(self.generator)
        update_average(self.average, trained, index, phase.batch, self.recipe.ema_half_life_kimg)
        return scalars

    def _batch(self, phase: Phase, random: torch.Generator) -> Batch:
        batch = self.pictures.sample(phase.batch, random)
        image, weight = batch.image, batch.weight
        if phase.resolution != image.shape[-1]:
            image = F.interpolate(image, size=phase.resolution, mode="area")
            weight = F.interpolate(weight, size=phase.resolution, mode="area")
        device = self.accelerator.device
        return Batch(image.to(device), weight.to(device), batch.factors.to(device))

    def _discriminate(self, fake: Tensor, real: Tensor, phase: Phase, index: int) -> dict[str, Tensor]:
        logits = self.discriminator(torch.cat([fake, real]))
        on_fake, on_real = logits.chunk(2)
        loss = F.softplus(on_fake).mean() + F.softplus(-on_real).mean()
        scalars = {"discriminator": loss.detach()}
        if index % self.recipe.r1_interval == 0:
            penalty = r1_penalty(self.discriminator, real)
            loss = loss + 0.5 * phase.gamma * self.recipe.r1_interval * penalty
        self.d_optimiser.zero_grad(set_to_none=True)
        self.accelerator.backward(loss)
        self.d_optimiser.step()
        return scalars

    @torch.no_grad()
    def sheet(self) -> Tensor:
        """Rows of drawn portraits over rows of what the averaged generator makes of their factors."""
        batch = self.pictures.at(torch.arange(_SHEET))
        made = self.average(to_z(self.pictures.domain, batch.factors).to(self.accelerator.device)).cpu()
        return rearrange(torch.cat([batch.image, made]), "(r c) ch h w -> ch (r h) (c w)", c=_SHEET // 2)

    @torch.no_grad()
    def export(self, folder: Path) -> None:
        """Write generator.safetensors (the average) and discriminator.safetensors."""
        random = torch.Generator().manual_seed(self.recipe.loop.seed)
        factors = self.pictures.domain.sample_factors(10_000, random)
        estimate_w_avg(self.average, to_z(self.pictures.domain, factors).to(self.accelerator.device))
        save_network(folder / "generator.safetensors", self.average)
        save_network(folder / "discriminator.safetensors", self.modules["discriminator"])
