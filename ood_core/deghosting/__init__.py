"""Deghost: the GAN-prior network that separates a ghost from the image, its training data and its losses."""

from .ghosts import fold, synthesise_ghost
from .losses import (
    ADVERSARIAL_LOSSES,
    DeghostingWeights,
    deghosting_losses,
    discriminator_loss,
    generator_adversarial_loss,
    perceptual_loss,
    pixel_loss,
)
from .network import Deghoster, DeghosterConfig
from .perceptual import VGG16Features
from .stage import deghost, deghost_band

__all__ = [
    "ADVERSARIAL_LOSSES",
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
