"""Training the benchmark's judge: drawn people behind things of the training kinds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from ..diffcam.filters import blur
from ..domains import portraits
from ..evaluation.judge import Judge, JudgeConfig
from ..files.networks import save_network
from .augment import foreign_shapes
from .loop import step_generator
from .recipe import LoopRecipe
from .schedule import batches, set_learning_rate, warm_then_decay

if TYPE_CHECKING:
    from accelerate import Accelerator

_SHEET = 64


@dataclass(frozen=True)
class JudgeRecipe:
    """Everything the judge's training depends on.

    ``things``, ``foreign``: shares of the pictures with things and with foreign shapes. ``blur``: largest
    standard deviation in pixels of the blur, which stands for a generator's softness.
    """

    loop: LoopRecipe
    resolution: int
    widths: tuple[int, ...]
    kimg: float
    batch: int
    learning_rate: float
    things: float
    foreign: float
    blur: float


class JudgeTask:
    """The judge; every picture is drawn anew."""

    def __init__(self, recipe: JudgeRecipe, folder: Path, accelerator: Accelerator) -> None:
        self.recipe = recipe
        self.accelerator = accelerator
        torch.manual_seed(recipe.loop.seed)
        judge = Judge(JudgeConfig(recipe.resolution, recipe.widths, portraits.ATTRIBUTES))
        self.trained = judge
        self.modules: dict[str, nn.Module] = {"judge": judge}
        self.optimisers = {"judge": torch.optim.Adam(judge.parameters(), betas=(0.9, 0.99), fused=True)}
        self.judge, self.optimiser = accelerator.prepare(judge, self.optimisers["judge"])
        self.steps = batches(recipe.kimg, recipe.batch)

    def step(self, index: int, random: torch.Generator) -> dict[str, Tensor]:
        """One batch."""
        set_learning_rate(self.optimiser, self.recipe.learning_rate * warm_then_decay(index, self.steps))
        image, amounts = self.draw(self.recipe.batch, random)
        device = self.accelerator.device
        logits = self.judge(image.to(device), as_logits=True)
        amounts = amounts.to(device)
        loss = F.binary_cross_entropy_with_logits(logits, amounts)
        self.optimiser.zero_grad(set_to_none=True)
        self.accelerator.backward(loss)
        self.optimiser.step()
        error = (logits.detach().sigmoid() - amounts).abs().mean(dim=0)
        return {"cross_entropy": loss.detach(), **dict(zip(portraits.ATTRIBUTES, error, strict=True))}

    @torch.no_grad()
    def draw(self, count: int, random: torch.Generator) -> tuple[Tensor, Tensor]:
        """Pictures [B,3,R,R] and how much of each attribute they have [B,A]: half the time any amount."""
        factors = portraits.sample_factors(count, random)
        own = slice(portraits.FACTOR_NAMES.index(portraits.ATTRIBUTES[0]), None)
        anything = torch.rand(2, count, len(portraits.ATTRIBUTES), generator=random)
        factors[:, own] = torch.where(anything[0] < 0.5, anything[1], factors[:, own])
        things = portraits.sample_things(count, random, portraits.TRAINING_KINDS)
        shown = torch.rand(count, generator=random) < self.recipe.things
        things = [thing if keep else () for thing, keep in zip(things, shown.tolist(), strict=True)]
        image = portraits.render_scene(factors, things, self.recipe.resolution)
        image, _ = foreign_shapes(image, random, self.recipe.foreign)
        softness = self.recipe.blur * float(torch.rand((), generator=random))
        return blur(image, softness), factors[:, own]

    @torch.no_grad()
    def sheet(self) -> Tensor:
        """A row an attribute: pictures from the one with the least of it, as judged, to the one with most."""
        image, _ = self.draw(_SHEET, step_generator(self.recipe.loop.seed, self.steps, 0))
        self.trained.eval()
        order = self.trained(image.to(self.accelerator.device)).cpu().argsort(dim=0)
        self.trained.train()
        rows = image[order[:: _SHEET // 8].T.flatten()]
        return rearrange(rows, "(r c) ch h w -> ch (r h) (c w)", r=len(portraits.ATTRIBUTES))

    def export(self, folder: Path) -> None:
        """Write judge.safetensors."""
        save_network(folder / "judge.safetensors", self.modules["judge"])
