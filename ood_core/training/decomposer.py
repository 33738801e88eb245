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
from ..composition import composite_matched
from ..decomposition import Decomposer, DecomposerConfig, decompose, separate
from ..decomposition.stage import decomposition_of
from ..files.networks import save_network
from .schedule import set_learning_rate, update_average, warm_then_decay
from .true_edits import EditsOfBundle

if TYPE_CHECKING:
    from accelerate import Accelerator

_INSIDE, _OUTSIDE = 0.016, 0.00025  # mean squared errors that count alike: 24 and 42 dB
_HALF_LIFE = 2.0  # of the average of weights, in thousands of edits
_SHEET = 8


@dataclass(frozen=True)
class Decomposing:
    """How a decomposer is trained.

    Attributes:
        steps: updates.
        batch: edits in each.
        learning_rate: Adam's, at its highest.
        drawn: share of the batches that the bundle's domain draws, where it has one.
        seed: of everything random.
    """

    steps: int = 6000
    batch: int = 8
    learning_rate: float = 1.5e-3
    drawn: float = 0.6
    seed: int = 0


def decomposer_sizes(resolution: int) -> DecomposerConfig:
    """Channels for pictures of a side: the coarsest level sees 8 cells, large pictures begin narrow."""
    widths = (96, 64, 48, 32, 24, 16, 16)
    levels = max(1, min(len(widths), resolution.bit_length() - 4))
    return DecomposerConfig(widths[:levels][::-1])


class DecomposerTask:
    """A task of `loop.train`: mask and residual are to turn I, I' and T into the true edit.

    Args:
        bundle: its networks are not changed.
        how: steps and sizes.
        accelerator: device and processes.
    """

    def __init__(self, bundle: Bundle, how: Decomposing, accelerator: Accelerator) -> None:
        self.bundle, self.how, self.accelerator = bundle, how, accelerator
        self.edits = EditsOfBundle(bundle, how.drawn)
        with torch.random.fork_rng():
            torch.manual_seed(how.seed)
            network, average = (Decomposer(decomposer_sizes(bundle.resolution)) for _ in range(2))
        average.load_state_dict(network.state_dict())
        adam = torch.optim.Adam(network.parameters(), lr=how.learning_rate, betas=(0.9, 0.99))
        self.average = average.requires_grad_(False)
        self.modules: Mapping[str, nn.Module] = {"decomposer": network, "average": average}
        self.optimisers: Mapping[str, torch.optim.Optimizer] = {"decomposer": adam}
        self.network, self.prepared = accelerator.prepare(network, adam)
        self.trained = network
        self.steps = how.steps

    def step(self, index: int, random: torch.Generator) -> dict[str, Tensor]:
        """One batch."""
        edits = self.edits.sample(self.how.batch, random)
        pair = (edits.original, edits.before, edits.after)
        with self.accelerator.autocast():
            parts = self.trained.parts(*pair, edits.evidence)
        mask, _, residual = decomposition_of(parts, edits.before, edits.after)
        coarse = composite_matched(*pair, mask)
        result = separate(coarse, residual, mask)
        inside = (edits.change > 0.5).to(mask)
        errors = [(made - edits.target).square().mean(dim=1, keepdim=True) for made in (result, coarse)]
        inner, outer = (inside.sum().clamp_min(1), (1 - inside).sum().clamp_min(1))
        squares = [((e * inside).sum() / inner, (e * (1 - inside)).sum() / outer) for e in errors]
        named = {
            "inside": squares[0][0] / _INSIDE,
            "outside": squares[0][1] / _OUTSIDE,
            "coarse": 0.3 * (squares[1][0] / _INSIDE + squares[1][1] / _OUTSIDE),
            "detail": 4 * ((result - edits.target).abs().mean(dim=1, keepdim=True) * inside).sum() / inner,
            "mask": 3 * F.binary_cross_entropy_with_logits(parts.mask, edits.change),
            "foreign": 0.3 * F.binary_cross_entropy_with_logits(parts.foreign, edits.foreign),
        }
        set_learning_rate(self.prepared, self.how.learning_rate * warm_then_decay(index, self.steps))
        self.trained.zero_grad(set_to_none=True)
        self.accelerator.backward(torch.stack(list(named.values())).sum())
        torch.nn.utils.clip_grad_norm_(self.trained.parameters(), 1.0)
        self.prepared.step()
        update_average(self.average, self.trained, index, self.how.batch, _HALF_LIFE)
        overlap = ((mask > 0.5) & (edits.change > 0.5)).sum() / (
            (mask > 0.5) | (edits.change > 0.5)
        ).sum().clamp_min(1)
        return {**{name: term.detach() for name, term in named.items()}, "iou": overlap}

    @torch.no_grad()
    def sheet(self) -> Tensor:
        """Rows: I, T, the mask, the result, the true edit."""
        edits = self.edits.sample(_SHEET, torch.Generator().manual_seed(1))
        pair = (edits.original, edits.before, edits.after)
        mask, _, residual = decompose(*pair, edits.evidence, self.average)
        result = separate(composite_matched(*pair, mask), residual, mask)
        rows = [edits.original, edits.after, (mask * 2 - 1).expand(-1, 3, -1, -1), result, edits.target]
        return rearrange(torch.cat(rows).cpu(), "(r c) ch h w -> ch (r h) (c w)", c=_SHEET)

    def export(self, folder: Path) -> None:
        """Write decomposer.safetensors."""
        save_network(folder / "decomposer.safetensors", self.average)
