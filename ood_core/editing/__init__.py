"""LatentEdit: from the latents of a picture to those of the edited picture."""

from .boundary import fit_boundary, means_boundary, orthogonalise
from .channels import channel_edit
from .discovery import principal, sefa
from .latent_edit import Ranges, checked_strengths, latent_edit, strength_notes
from .layers import layer_range, layers_of, within
from .reach import Reach, reach

__all__ = [
    "Reach",
    "Ranges",
    "channel_edit",
    "checked_strengths",
    "fit_boundary",
    "latent_edit",
    "layer_range",
    "layers_of",
    "means_boundary",
    "orthogonalise",
    "principal",
    "reach",
    "sefa",
    "strength_notes",
    "within",
]
