"""Tuning generator, encoder and directions together: a drawn edit is known, so ask for it.

Until here each was trained by itself: the generator on factors, the encoder on latents, the directions on
means. What counts is what they make of a picture together: G(E(I)) should be I, and G(E(I) + Σ αᵢ·nᵢ) the
same person drawn with the edit. At the end the mapping network alone follows the synthesis, which has moved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from einops import einsum, rearrange
from torch import Tensor, nn

from ..bundle.memory import channels_last
from ..domains import to_z
from ..files.networks import save_network
from ..images import resize_area
from .augment import foreign_shapes
from .data import Batch, DataRecipe, Pictures
from .encoder import psnr_of
from .generator import regression_loss
from .muon import optimisers_of
from .recipe import LoopRecipe
from .schedule import batches, set_learning_rate, warm_then_decay
from .stages import finished_directions, save_directions, stage_network

if TYPE_CHECKING:
    from accelerate import Accelerator

_SHEET = 8
_STEP = 0.25  # the least way of an attribute's factor, from 0 to 1, that an edit goes
_FURTHER = 0.15  # odds that each further attribute is edited at the same time


@dataclass(frozen=True)
class TuningRecipe:
    """Everything the tuning depends on.

    ``whole_way``: how far the factor of an attribute goes in an edit of strength 1. ``generator_rate``,
    ``encoder_rate``: learning rates; the directions have the encoder's. ``latent``: weight of the distance
    between the encoder's latents and those of the picture's factors, in units of their spread: it keeps the
    mapping network in step. ``change``: how much more a pixel counts where the true edit is. ``things``,
    ``foreign``: share of the inputs with things of the domain's, and of the others with a foreign shape over
    them; what they cover is not asked for. ``mapping_kimg``, ``mapping_rate``: of the mapping network's end.
    """

    loop: LoopRecipe
    data: DataRecipe
    kimg: float
    batch: int
    generator_rate: float
    encoder_rate: float
    whole_way: float
    latent: float
    edge_weight: float
    change: float
    things: float
    foreign: float
    mapping_kimg: float
    mapping_rate: float


class Editor(nn.Module):
    """Generator, encoder and the edits of strength 1, [A, L, D], as one network."""

    def __init__(self, generator: Any, encoder: Any, steps: Tensor) -> None:
        super().__init__()
        self.generator = generator
        self.encoder = encoder
        self.steps = nn.Parameter(steps)

    def forward(self, z: Tensor, picture: Tensor | None = None, strengths: Tensor | None = None) -> Any:
        """Invert and edit, or, without a picture, generate.

        Args:
            z: the picture's factors, [B, Z].
            picture: at the encoder's resolution, [B, 3, r, r].
            strengths: of every attribute, [B, A].

        Returns:
            The encoder's latents and those of the factors, [B, L, D]; I' and T, [B, 3, R, R]. Without a
            picture only G(z), [B, 3, R, R].
        """
        if picture is None:
            return self.generator(z)
        latents = self.encoder(picture) + self.generator.mapping.w_avg
        moved = latents + einsum(strengths, self.steps, "b a, a l d -> b l d")
        made = self.generator.synthesis(torch.cat([latents, moved]))
        return latents, self.generator.mapping(z), *made.chunk(2)


def elsewhere(values: Tensor, random: torch.Generator) -> Tensor:
    """For each value in [0, 1] another one, uniform over those that are at least ``_STEP`` away.

    An edit of nothing teaches nothing; and one who never saw half an edit makes a whole one of it.
    """
    wanted = torch.rand(values.shape, generator=random)
    below, above = (values - _STEP).clamp(min=0), (1 - values - _STEP).clamp(min=0)
    wanted = wanted * (below + above)
    return torch.where(wanted < below, wanted, values + _STEP + (wanted - below))


class TuningTask:
    """Trains an ``Editor`` whose parts come from the stages before."""

    def __init__(self, recipe: TuningRecipe, folder: Path, accelerator: Accelerator) -> None:
        run = folder.parent
        self.recipe = recipe
        self.accelerator = accelerator
        self.pictures = Pictures(recipe.data, run / "data")
        self.names = self.pictures.domain.ATTRIBUTES
        directions, lengths = finished_directions(run)
        steps = torch.stack([directions[name] * lengths[name] for name in self.names])
        generator, encoder = (stage_network(run, kind) for kind in ("generator", "encoder"))
        self.editor = Editor(channels_last(generator), encoder, steps).requires_grad_(True)
        self.editor.eval()  # the encoder's batch statistics stay: batches are small, and shapes lie over them
        self.modules: dict[str, nn.Module] = {"editor": self.editor}
        self.optimisers = {
            **optimisers_of("generator", generator),
            **optimisers_of("encoder", encoder),
            **optimisers_of("mapping", generator.mapping),
            "encoder_steps": torch.optim.Adam([self.editor.steps], betas=(0.9, 0.99)),
        }
        with torch.no_grad():
            w = generator.mapping(to_z(self.pictures.domain, self.pictures.factors))
            self.spread = (w[:, 0] - generator.mapping.w_avg).square().mean().sqrt().to(accelerator.device)
        if recipe.loop.compile:
            self.editor.compile()
        self.network, *self.prepared = accelerator.prepare(self.editor, *self.optimisers.values())
        self.together = batches(recipe.kimg, recipe.batch)
        self.steps = self.together + batches(recipe.mapping_kimg, recipe.batch)

    def step(self, index: int, random: torch.Generator) -> dict[str, Tensor]:
        """One batch, of all parts together or, at the end, of the mapping network."""
        if index >= self.together:
            return self._follow(index - self.together, random)
        recipe, device = self.recipe, self.accelerator.device
        batch = self.pictures.sample(recipe.batch, random)
        after, strengths = self._edits(batch.factors, random)
        target, change = self._draw(batch, after)
        shown, cover = self._show(batch, random)
        small = resize_area(shown, self.editor.encoder.config.input_resolution)
        z = to_z(self.pictures.domain, batch.factors)
        latents, known, made, edited = self.network(z.to(device), small.to(device), strengths.to(device))
        image, target, seen = (tensor.to(device) for tensor in (batch.image, target, 1 - cover))
        visible = batch.weight.to(device) * seen
        counted = visible * (1 + recipe.change * change.to(device))
        terms = {
            "latent": recipe.latent * ((latents - known) / self.spread).square().mean(),
            "reconstruction": regression_loss(made, image, visible, recipe.edge_weight),
            "edit": regression_loss(edited, target, counted, recipe.edge_weight),
        }
        share = warm_then_decay(index, self.together)
        rates = {"generator": share * recipe.generator_rate, "encoder": share * recipe.encoder_rate}
        self._descend(torch.stack(list(terms.values())).sum(), rates)
        scalars = {name: term.detach() for name, term in terms.items()}
        for name, picture, wanted in (("psnr", made, image), ("edit_psnr", edited, target)):
            scalars[name] = psnr_of((picture.detach().clamp(-1, 1) - wanted).square() * seen)
        return scalars

    def _show(self, batch: Batch, random: torch.Generator) -> tuple[Tensor, Tensor]:
        """The pictures with things in them, and where those cover them, [B, 1, R, R]."""
        shown, cover = foreign_shapes(batch.image, random, self.recipe.foreign)
        count = round(self.recipe.things * len(shown))
        if count:
            resolution = shown.shape[-1]
            scene = self.pictures.domain.render_among_things(batch.factors[:count], random, resolution)
            shown[:count], cover[:count] = scene
        return shown, cover

    def _edits(self, factors: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor]:
        """Edits of a few attributes: the factors after them [B, K], the strengths that lead there [B, A]."""
        count, attributes = len(factors), len(self.names)
        chosen = torch.rand(count, attributes, generator=random) < _FURTHER
        chosen[torch.arange(count), torch.randint(attributes, (count,), generator=random)] = True
        columns = [self.pictures.domain.FACTOR_NAMES.index(name) for name in self.names]
        before = factors[:, columns]
        after = torch.where(chosen, elsewhere(before, random), before)
        edited = factors.clone()
        edited[:, columns] = after
        return edited, (after - before) / self.recipe.whole_way

    def _draw(self, batch: Batch, factors: Tensor) -> tuple[Tensor, Tensor]:
        """The true edit [B, 3, R, R], and how much it changes each pixel, [B, 1, R, R] in [0, 1]."""
        target = self.pictures.domain.render(factors, batch.image.shape[-1]).image.clamp(-1, 1)
        change = (target - batch.image).abs().amax(dim=1, keepdim=True)
        return target, (change * 10).clamp(max=1)  # a tenth of the way from black to white counts in full

    def _follow(self, index: int, random: torch.Generator) -> dict[str, Tensor]:
        """One batch of the generator's regression on factors, in which only the mapping network moves."""
        self.editor.requires_grad_(False)
        self.editor.generator.mapping.requires_grad_(True)
        batch = self.pictures.sample(self.recipe.batch, random)
        image, weight = batch.image.to(self.accelerator.device), batch.weight.to(self.accelerator.device)
        z = to_z(self.pictures.domain, batch.factors).to(self.accelerator.device)
        made = self.network(z)
        loss = regression_loss(made, image, weight, self.recipe.edge_weight)
        share = warm_then_decay(index, self.steps - self.together)
        self._descend(loss, {"mapping": share * self.recipe.mapping_rate})
        return {"mapping": loss.detach(), "mapping_psnr": psnr_of((made.detach() - image).square())}

    def _descend(self, loss: Tensor, rates: Mapping[str, float]) -> None:
        """One step of the optimisers of the parts that have a rate."""
        self.editor.zero_grad(set_to_none=True)
        self.accelerator.backward(loss)
        for name, optimiser in zip(self.optimisers, self.prepared, strict=True):
            part = name.split("_")[0]
            if part in rates:
                set_learning_rate(optimiser, rates[part])
                optimiser.step()

    @torch.no_grad()
    def sheet(self) -> Tensor:
        """Rows: portraits, their reconstructions, edits of one attribute each, the true edits."""
        batch = self.pictures.at(torch.arange(_SHEET))
        after, strengths = self._edits(batch.factors, torch.Generator().manual_seed(0))
        small = resize_area(batch.image, self.editor.encoder.config.input_resolution)
        device = self.accelerator.device
        z = to_z(self.pictures.domain, batch.factors)
        _, _, made, edited = self.editor(z.to(device), small.to(device), strengths.to(device))
        rows = [batch.image, made.cpu(), edited.cpu(), self._draw(batch, after)[0]]
        return rearrange(torch.cat(rows), "(r c) ch h w -> ch (r h) (c w)", c=_SHEET)

    def export(self, folder: Path) -> None:
        """Write generator, encoder and directions, all as safetensors."""
        save_network(folder / "generator.safetensors", self.editor.generator)
        save_network(folder / "encoder.safetensors", self.editor.encoder)
        steps = self.editor.steps.detach().cpu()
        lengths = {name: float(step.norm()) for name, step in zip(self.names, steps, strict=True)}
        directions = {name: step / lengths[name] for name, step in zip(self.names, steps, strict=True)}
        save_directions(folder, directions, lengths)
