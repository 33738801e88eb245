"""The numbers of an autoencoder's training."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import RecipeError
from ..inversion import EncoderConfig
from ..stylegan2 import DiscriminatorConfig, GeneratorConfig
from .recipe import LoopRecipe
from .schedule import batches


@dataclass(frozen=True)
class AutoencoderPhase:
    """A stretch of the training at one resolution.

    ``perceptual``, ``adversarial``, ``editing``: weights of the losses beside L1; 0 leaves their networks
    out.
    """

    resolution: int
    kimg: float
    batch: int
    learning_rate: float
    perceptual: float = 0.0
    adversarial: float = 0.0
    editing: float = 0.0

    @property
    def steps(self) -> int:
        """Number of batches."""
        return batches(self.kimg, self.batch)


@dataclass(frozen=True)
class PairsRecipe:
    """Pictures of one person of two kinds, which differ by one attribute. ``share``: of every batch."""

    attribute: str
    without: str
    with_it: str
    share: float


@dataclass(frozen=True)
class AutoencoderRecipe:
    """Everything the training depends on.

    ``attributes``: columns of ``labels``, a CSV beside the recipe. ``vgg``: file of the perceptual distance's
    weights; empty for the installed package's. ``foreign``: share of the inputs with a foreign shape over
    them, which is not asked for. ``stay``: weight of what an edit leaves as it is. ``gamma``: R1's weight.
    """

    loop: LoopRecipe
    generator: GeneratorConfig
    encoder: EncoderConfig
    discriminator: DiscriminatorConfig
    attributes: tuple[str, ...]
    labels: str
    vgg: str
    pairs: PairsRecipe
    phases: tuple[AutoencoderPhase, ...]
    ema_half_life_kimg: float
    foreign: float
    stay: float
    gamma: float
    r1_interval: int

    def __post_init__(self) -> None:
        if self.pairs.attribute not in self.attributes:
            raise RecipeError(f"pairs: {self.pairs.attribute} is none of the attributes.")
        for phase in self.phases:
            if phase.resolution not in self.generator.resolutions:
                raise RecipeError(f"phase resolution {phase.resolution} is not one of the generator's.")
            if (phase.adversarial or phase.editing) and phase.resolution != self.discriminator.resolution:
                raise RecipeError("An adversarial or editing phase must have the discriminator's resolution.")
