"""Training the network of decomposition from what a bundle's generator itself can draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from ..bundle import Bundle
from ..bundle.memory import channels_last
from ..composition import composite_matched
from ..decomposition import Decomposer, DecomposerConfig, decompose
from ..decomposition.network import Parts
from ..decomposition.stage import decomposition_of
from ..files.networks import save_network
from .assemble import bundle_of
from .completing.how import Completing
from .recipe import LoopRecipe
from .schedule import batches, set_learning_rate, update_average, warm_then_decay
from .true_edits import EditsOfBundle, TrueEdits

if TYPE_CHECKING:
    from accelerate import Accelerator

_CHANGED = 0.5
_INSIDE, _OUTSIDE = 0.016, 0.0004  # mean squared errors that count alike: 24 and 40 dB
_ARRIVED = 1.6  # a pixel of the edit that stays away counts for so many others that come along
_HALF_LIFE = 2.0  # of the average of weights, in thousands of edits
_SHEET = 8


@dataclass(frozen=True)
class DecomposerRecipe:
    """Everything a decomposer's training depends on, but for the bundle.

    ``drawn``: share of the batches that the bundle's domain draws; its generator draws the others.
    """

    loop: LoopRecipe
    kimg: float
    batch: int
    learning_rate: float
    drawn: float


def decomposer_sizes(resolution: int) -> DecomposerConfig:
    """Channels for pictures of a side: the coarsest level sees 8 cells, large pictures begin narrow."""
    widths = (96, 64, 48, 32, 24, 16, 16)
    levels = max(1, min(len(widths), resolution.bit_length() - 4))
    return DecomposerConfig(widths[:levels][::-1])


class DecomposerTask:
    """A task of `loop.train`: the composite through its mask is to be the true edit.

    Args:
        bundle: its networks are not changed.
        how: steps and sizes.
        accelerator: device and processes.
        drawn: share of the batches that the bundle's domain draws, where it has one.
    """

    def __init__(self, bundle: Bundle, how: Completing, accelerator: Accelerator, drawn: float = 0.0) -> None:
        self.bundle, self.how, self.accelerator = bundle, how, accelerator
        self.edits = EditsOfBundle(bundle, drawn)
        with torch.random.fork_rng():
            torch.manual_seed(how.seed)
            network, average = (Decomposer(decomposer_sizes(bundle.resolution)) for _ in range(2))
        average.load_state_dict(network.state_dict())
        adam = torch.optim.Adam(network.parameters(), lr=how.learning_rate, betas=(0.9, 0.99))
        self.trained = average.requires_grad_(False)
        self.modules: Mapping[str, nn.Module] = {"decomposer": network, "average": average}
        self.optimisers: Mapping[str, torch.optim.Optimizer] = {"decomposer": adam}
        self.network, self.prepared = accelerator.prepare(channels_last(network), adam)
        self.steps = how.steps

    def step(self, index: int, random: torch.Generator) -> dict[str, Tensor]:
        """One batch."""
        edits = self.edits.sample(self.how.batch, random)
        pair = (edits.original, edits.before, edits.after)
        with self.accelerator.autocast():
            parts = self.network(*pair, edits.evidence)
        terms, overlap = _losses(parts, edits)
        set_learning_rate(self.prepared, self.how.learning_rate * warm_then_decay(index, self.steps))
        self.modules["decomposer"].zero_grad(set_to_none=True)
        self.accelerator.backward(torch.stack(list(terms.values())).sum())
        torch.nn.utils.clip_grad_norm_(self.modules["decomposer"].parameters(), 1.0)
        self.prepared.step()
        update_average(self.trained, self.modules["decomposer"], index, self.how.batch, _HALF_LIFE)
        return {**{name: term.detach() for name, term in terms.items()}, "iou": overlap}

    @torch.no_grad()
    def sheet(self) -> Tensor:
        """Rows: I, T, the mask, the result, the true edit."""
        edits = self.edits.sample(_SHEET, torch.Generator().manual_seed(1))
        pair = (edits.original, edits.before, edits.after)
        mask = decompose(*pair, edits.evidence, self.trained).mask
        result = composite_matched(*pair, mask)
        rows = [edits.original, edits.after, (mask * 2 - 1).expand(-1, 3, -1, -1), result, edits.target]
        return rearrange(torch.cat(rows).cpu(), "(r c) ch h w -> ch (r h) (c w)", c=_SHEET)

    def export(self, folder: Path) -> None:
        """Write decomposer.safetensors."""
        save_network(folder / "decomposer.safetensors", self.trained)


def _losses(parts: Parts, edits: TrueEdits) -> tuple[dict[str, Tensor], Tensor]:
    """What is minimised, and the mask's IoU with the true change."""
    pair = (edits.original, edits.before, edits.after)
    mask = decomposition_of(parts, edits.before, edits.after).mask
    result, changed = composite_matched(*pair, mask), edits.change > _CHANGED
    error = (result - edits.target).square()
    missing = torch.full((), _ARRIVED, device=mask.device)
    terms = {  # of logarithms: one leak must not count for a hundred other edits
        "inside": torch.log1p(_mean(error, changed) / _INSIDE),
        "outside": torch.log1p(_mean(error, ~changed) / _OUTSIDE),
        "detail": 4 * _mean((result - edits.target).abs(), changed),
        "mask": 4 * F.binary_cross_entropy_with_logits(parts.mask, edits.change, pos_weight=missing),
        "foreign": 0.3 * F.binary_cross_entropy_with_logits(parts.foreign, edits.foreign),
    }
    found = mask > _CHANGED
    overlap = (found & changed).sum() / (found | changed).sum().clamp_min(1)
    return terms, overlap


def _mean(values: Tensor, where: Tensor) -> Tensor:
    """Mean over the pixels of a mask [B, 1, R, R], over all channels; 0 where there are none."""
    weight = where.to(values)
    return (values.mean(dim=1, keepdim=True) * weight).sum() / weight.sum().clamp_min(1)


def of_run(recipe: DecomposerRecipe, folder: Path, accelerator: Accelerator, recipes: Path) -> DecomposerTask:
    """The task of a run whose other stages are finished; ``recipes`` holds their bundle.toml."""
    bundle = bundle_of(recipes / "bundle.toml", folder.parent).to(accelerator.device)
    how = Completing(batches(recipe.kimg, recipe.batch), recipe.batch, recipe.learning_rate, recipe.loop.seed)
    return DecomposerTask(bundle, how, accelerator, recipe.drawn)
