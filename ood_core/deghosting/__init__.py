"""Deghost: the GAN-prior network that separates a ghost from the image, its training data and its losses."""

from ood_core.deghosting.ghosts import fold, synthesise_ghost
from ood_core.deghosting.losses import (
    DeghostingWeights,
    deghosting_losses,
    discriminator_loss,
    generator_adversarial_loss,
    perceptual_loss,
    pixel_loss,
)
from ood_core.deghosting.network import Deghoster, DeghosterConfig
from ood_core.deghosting.perceptual import VGG16Features
from ood_core.deghosting.stage import deghost, deghost_band

__all__ = [
    "Deghoster",
    "DeghosterConfig",
    "DeghostingWeights",
    "VGG16Features",
    "deghost",
    "deghost_band",
    "deghosting_losses",
    "discriminator_loss",
    "fold",
    "generator_adversarial_loss",
    "perceptual_loss",
    "pixel_loss",
    "synthesise_ghost",
]
