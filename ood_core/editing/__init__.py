"""LatentEdit: from the latents of a picture to those of the edited picture."""

from .boundary import fit_boundary, means_boundary, orthogonalise
from .latent_edit import Ranges, checked_strengths, latent_edit, strength_notes

__all__ = [
    "Ranges",
    "checked_strengths",
    "fit_boundary",
    "latent_edit",
    "means_boundary",
    "orthogonalise",
    "strength_notes",
]
