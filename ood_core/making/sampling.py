"""A generator's own latents."""

from __future__ import annotations

import torch
from torch import Tensor

from ..bundle import Bundle
from ..domains import load_domain, to_z


def sample_latents(bundle: Bundle, count: int, seed: int = 0) -> Tensor:
    """Random latents w, as the generator was trained on them; the same for the same seed.

    Args:
        bundle: its generator's z is Gaussian, or the factors of the domain that it was trained on.
        count: how many.
        seed: of the randomness.

    Returns:
        [count, D], on the generator's device.
    """
    return random_latents(bundle, count, torch.Generator().manual_seed(seed))


@torch.no_grad()
def random_latents(bundle: Bundle, count: int, random: torch.Generator) -> Tensor:
    """As `sample_latents`, from somebody else's randomness."""
    generator = bundle.generator
    if bundle.domain:
        domain = load_domain(bundle.domain)
        z = to_z(domain, domain.sample_factors(count, random))
    else:
        z = torch.randn(count, generator.config.z_dim, generator=random)
    return generator.mapping(z.to(generator.mapping.w_avg))[:, 0]
