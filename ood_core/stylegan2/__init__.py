"""StyleGAN2 in plain torch: used by inversion, editing, deghosting and training.

Karras et al., "Analyzing and Improving the Image Quality of StyleGAN", CVPR 2020. Weight names are NVIDIA's.
"""

from .discriminator import Discriminator, DiscriminatorConfig
from .generator import (
    Generator,
    GeneratorConfig,
    MappingNetwork,
    SynthesisNetwork,
    estimate_w_avg,
)

__all__ = [
    "Discriminator",
    "DiscriminatorConfig",
    "Generator",
    "GeneratorConfig",
    "MappingNetwork",
    "SynthesisNetwork",
    "estimate_w_avg",
]
