"""Training the encoder against the frozen generator (pSp, with known latents to start from)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from einops import rearrange
from torch import Tensor, nn

from ..domains import to_z
from ..errors import RecipeError
from ..files.networks import save_network
from ..images import resize_area
from ..inversion import EncoderConfig, GradualStyleEncoder, encode
from .augment import foreign_shapes
from .data import DataRecipe, Pictures
from .generator import regression_loss
from .muon import optimisers_of
from .recipe import LoopRecipe
from .schedule import batches, phase_at, set_learning_rate, warm_then_decay
from .stages import stage_network

if TYPE_CHECKING:
    from accelerate import Accelerator

_SHEET = 8


@dataclass(frozen=True)
class EncoderPhase:
    """A stretch of the training.

    ``latent``: weight of the distance to the latents of the picture's factors, in units of their spread.
    ``image``: weight of the reconstruction; 0 leaves the generator out and is several times faster.
    ``foreign``: share of the inputs with a foreign shape laid over them.
    """

    kimg: float
    batch: int
    learning_rate: float
    latent: float
    image: float
    foreign: float

    @property
    def steps(self) -> int:
        """Number of batches."""
        return batches(self.kimg, self.batch)


@dataclass(frozen=True)
class EncoderRecipe:
    """Everything the encoder's training depends on."""

    loop: LoopRecipe
    data: DataRecipe
    encoder: EncoderConfig
    phases: tuple[EncoderPhase, ...]
    edge_weight: float

    def __post_init__(self) -> None:
        if not self.phases:
            raise RecipeError("An encoder's recipe needs at least one phase.")


class EncoderTask:
    """The encoder; the generator stays as it is."""

    def __init__(self, recipe: EncoderRecipe, folder: Path, accelerator: Accelerator) -> None:
        self.recipe = recipe
        self.accelerator = accelerator
        self.generator = stage_network(folder.parent, "generator").to(accelerator.device)
        self.pictures = Pictures(recipe.data, folder.parent / "data")
        torch.manual_seed(recipe.loop.seed)
        encoder = GradualStyleEncoder(recipe.encoder)
        self.trained = encoder
        self.modules: dict[str, nn.Module] = {"encoder": encoder}
        self.optimisers = optimisers_of("encoder", encoder)
        if recipe.loop.compile:
            encoder.compile()
        self.encoder, *self.prepared = accelerator.prepare(encoder, *self.optimisers.values())
        self.steps = sum(phase.steps for phase in recipe.phases)
        self.w_avg = self.generator.mapping.w_avg
        with torch.no_grad():
            z = to_z(self.pictures.domain, self.pictures.factors).to(accelerator.device)
            w = self.generator.mapping(z)
        self.spread = (w[:, 0] - self.w_avg).square().mean().sqrt()

    def step(self, index: int, random: torch.Generator) -> dict[str, Tensor]:
        """One batch."""
        phase, local = phase_at(self.recipe.phases, index)
        batch = self.pictures.sample(phase.batch, random)
        shown, cover = foreign_shapes(batch.image, random, phase.foreign)
        device = self.accelerator.device
        shown, cover, image, weight = (t.to(device) for t in (shown, cover, batch.image, batch.weight))
        with torch.no_grad():
            target = self.generator.mapping(to_z(self.pictures.domain, batch.factors).to(device))
        for optimiser in self.prepared:
            set_learning_rate(optimiser, phase.learning_rate * warm_then_decay(local, phase.steps))
        codes = self.encoder(resize_area(shown, self.recipe.encoder.input_resolution))
        latent = ((codes + self.w_avg - target) / self.spread).square().mean()
        loss = phase.latent * latent
        scalars = {"latent": latent.detach()}
        if phase.image:
            with self.accelerator.autocast():
                made = self.generator.synthesis(codes + self.w_avg)
            # what lies under a foreign shape cannot be known: only the rest is asked for
            visible = weight * (1 - cover)
            reconstruction = regression_loss(made.float(), image, visible, self.recipe.edge_weight)
            loss = loss + phase.image * reconstruction
            error = (made.detach().float().clamp(-1, 1) - image).square() * (1 - cover)
            scalars |= {"reconstruction": reconstruction.detach(), "psnr": psnr_of(error)}
        self.trained.zero_grad(set_to_none=True)
        self.accelerator.backward(loss)
        for optimiser in self.prepared:
            optimiser.step()
        return scalars

    @torch.no_grad()
    def sheet(self) -> Tensor:
        """A row of portraits over a row of their reconstructions."""
        images = self.pictures.at(torch.arange(_SHEET)).image
        self.trained.eval()
        latents = encode(images.to(self.accelerator.device), self.trained, self.w_avg)
        made = self.generator.synthesis(latents).cpu()
        self.trained.train()
        return rearrange(torch.cat([images, made]), "(r c) ch h w -> ch (r h) (c w)", c=_SHEET)

    def export(self, folder: Path) -> None:
        """Write encoder.safetensors."""
        save_network(folder / "encoder.safetensors", self.modules["encoder"])


def psnr_of(squared_error: Tensor) -> Tensor:
    """PSNR in dB of squared errors of pictures in [-1, 1]: any shape -> scalar."""
    return 10 * torch.log10(4 / squared_error.mean().clamp_min(math.exp(-20)))
