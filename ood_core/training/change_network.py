"""Training the network that finds changes, on samples from `change_samples`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..diffcam.change_network import ChangeNetwork
from ..registration.filters import dilate
from .change_samples import ChangeSample
from .schedule import warm_then_decay

_RIM = 0.3  # weight of the pixels next to a change's rim: the truth is soft there


@dataclass(frozen=True)
class ChangeTraining:
    """What the training depends on.

    Attributes:
        steps: batches.
        batch: crops in one.
        crop: side of a crop in pixels, a multiple of 16.
        learning_rate: highest.
        seed: of the crops.
    """

    steps: int = 1800
    batch: int = 6
    crop: int = 256
    learning_rate: float = 2e-3
    seed: int = 1


def train_changes(
    network: ChangeNetwork, samples: Sequence[ChangeSample], training: ChangeTraining
) -> Iterator[float]:
    """Train in place; yields the loss of each batch."""
    random = torch.Generator().manual_seed(training.seed)
    optimiser = torch.optim.AdamW(network.parameters(), training.learning_rate, weight_decay=1e-3)
    for step in range(training.steps):
        for group in optimiser.param_groups:
            group["lr"] = training.learning_rate * warm_then_decay(step, training.steps)
        inputs, masks = _batch(samples, training, random)
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(inputs.contiguous(memory_format=torch.channels_last)).float()
        loss = change_loss(logits, masks)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        yield float(loss.detach())


def change_loss(logits: Tensor, masks: Tensor) -> Tensor:
    """Cross entropy, less at the rims, plus one minus Dice of each crop that holds a change.

    Args:
        logits, masks: [B, 1, H, W], the masks in [0, 1].
    """
    rim = dilate(masks, 1) - dilate(masks, -1) > 0.5
    weight = torch.where(rim, _RIM, 1.0)
    entropy = F.binary_cross_entropy_with_logits(logits, masks, weight)
    probability, wanted = torch.sigmoid(logits) * weight, masks * weight
    overlap = (probability * wanted).sum((1, 2, 3))
    dice = 1 - (2 * overlap + 1) / (probability.square().sum((1, 2, 3)) + wanted.square().sum((1, 2, 3)) + 1)
    holds = masks.sum((1, 2, 3)) > 20
    return entropy * 4 + (dice * holds).mean()


def _batch(
    samples: Sequence[ChangeSample], training: ChangeTraining, random: torch.Generator
) -> tuple[Tensor, Tensor]:
    crops = [_crop(samples, training.crop, random) for _ in range(training.batch)]
    return torch.cat([c.inputs for c in crops]).float(), torch.cat([c.mask for c in crops]).float()


def _crop(samples: Sequence[ChangeSample], side: int, random: torch.Generator) -> ChangeSample:
    """A random crop of a sample, mirrored and turned at random; three of four hold some change."""
    sample = samples[_below(len(samples), random)]
    height, width = sample.mask.shape[-2:]
    if min(height, width) < side:
        pad = (0, max(0, side - width), 0, max(0, side - height))
        sample = ChangeSample(F.pad(sample.inputs, pad, mode="replicate"), F.pad(sample.mask, pad))
        height, width = sample.mask.shape[-2:]
    top, left = _below(height - side + 1, random), _below(width - side + 1, random)
    spots = sample.mask[0, 0].nonzero()
    if len(spots) and _below(4, random):
        y, x = spots[_below(len(spots), random)].tolist()
        top = min(max(0, y - _below(side, random)), height - side)
        left = min(max(0, x - _below(side, random)), width - side)
    parts = [each[..., top : top + side, left : left + side] for each in (sample.inputs, sample.mask)]
    if _below(2, random):
        parts = [part.flip(-1) for part in parts]
    if _below(2, random):
        parts = [part.transpose(-1, -2) for part in parts]
    return ChangeSample(*parts)


def _below(count: int, random: torch.Generator) -> int:
    return int(torch.randint(count, (), generator=random))
