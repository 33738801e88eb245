"""The three losses of the deghosting network, as pure functions (GLEAN's: pixel, perceptual, adversarial)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

Features = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class DeghostingWeights:
    """Weight of each loss. The defaults are the published ones, for VGG-16 features."""

    pixel: float = 1.0
    perceptual: float = 1e-2
    adversarial: float = 1e-2


def pixel_loss(prediction: Tensor, target: Tensor) -> Tensor:
    """Mean squared difference of two images [B, 3, H, W]; a scalar."""
    return F.mse_loss(prediction, target)


def perceptual_loss(prediction: Tensor, target: Tensor, features: Features) -> Tensor:
    """Mean squared difference in a feature space.

    Args:
        prediction: [B, 3, H, W] in [-1, 1]; receives gradients.
        target: same shape; receives none.
        features: images -> features; ``VGG16Features`` in the published training, anything that knows the
            domain (a discriminator's or classifier's maps) elsewhere.

    Returns:
        A scalar.
    """
    with torch.no_grad():
        wanted = features(target)
    return F.mse_loss(features(prediction), wanted)


def generator_adversarial_loss(fake_logits: Tensor) -> Tensor:
    """Binary cross-entropy of the logits [B, 1] against "real", the non-saturating loss; a scalar."""
    return F.softplus(-fake_logits).mean()


def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Binary cross-entropy of real logits against "real" plus that of fake ones against "fake"; a scalar."""
    return F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()


class AdversarialLoss(NamedTuple):
    """What the two opponents minimise, of fake logits and of real and fake logits, [B, 1] each: scalars."""

    generator: Callable[[Tensor], Tensor]
    discriminator: Callable[[Tensor, Tensor], Tensor]


ADVERSARIAL_LOSSES = {
    "vanilla": AdversarialLoss(generator_adversarial_loss, discriminator_loss),
    "lsgan": AdversarialLoss(
        lambda fake: (fake - 1).square().mean(),
        lambda real, fake: (real - 1).square().mean() + fake.square().mean(),
    ),
    "wgan": AdversarialLoss(lambda fake: -fake.mean(), lambda real, fake: fake.mean() - real.mean()),
    "hinge": AdversarialLoss(
        lambda fake: -fake.mean(),
        lambda real, fake: F.relu(1 - real).mean() + F.relu(1 + fake).mean(),
    ),
}
"""The modes of the published loss class. Its training uses "vanilla" (Goodfellow et al. 2014);
the others are those of Mao et al. 2017, Arjovsky et al. 2017, Lim & Ye 2017."""


def deghosting_losses(
    prediction: Tensor,
    target: Tensor,
    weights: DeghostingWeights,
    features: Features | None = None,
    fake_logits: Tensor | None = None,
) -> dict[str, Tensor]:
    """The weighted terms of one step; their sum is what the network minimises.

    Args:
        prediction: the network's output, [B, 3, H, W].
        target: the original without a ghost, same shape.
        weights: weight of each term.
        features: feature space of the perceptual term; without one there is no such term.
        fake_logits: the discriminator's logits for ``prediction``; without them there is no adversarial term.

    Returns:
        "pixel" and, where asked for, "perceptual" and "adversarial": scalars, already weighted.
    """
    terms = {"pixel": weights.pixel * pixel_loss(prediction, target)}
    if features is not None:
        terms["perceptual"] = weights.perceptual * perceptual_loss(prediction, target, features)
    if fake_logits is not None:
        terms["adversarial"] = weights.adversarial * generator_adversarial_loss(fake_logits)
    return terms
