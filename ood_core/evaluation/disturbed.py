"""Inversions made worse on purpose: how methods bear with encoders that know less than the embedded one."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from ..making.sampling import sample_latents
from ..sources import Inverted
from .samples import Sample

_HALVINGS = 12
_MOST = 4.0  # spreads of the generator's latents


def disturbed(inverted: Inverted, sample: Sample, level: float, random: torch.Generator) -> Inverted:
    """Add noise to latents until the inversion is as good as asked for; a worse one stays as it is.

    Args:
        inverted: of the sample's source.
        sample: things in it do not count: no generator draws them.
        level: PSNR of I' against I, in dB.
        random: source of the noise, which is Gaussian in each style.
    """
    generator = inverted.bundle.generator
    spread = sample_latents(inverted.bundle, 500).std()
    noise = torch.randn(inverted.latents.shape, generator=random).to(inverted.latents) * spread
    seen = (sample.things < 0.5).expand_as(sample.source)

    def drawn(size: float) -> Tensor:
        return generator.synthesis(inverted.latents + size * noise)

    def quality(size: float) -> float:
        error = (drawn(size).clamp(-1, 1) - sample.source)[seen].square().mean()
        return float(-10 * torch.log10(error / 4))

    low, high = 0.0, _MOST
    if quality(low) <= level:
        return inverted
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if quality(middle) > level else (low, middle)
    return replace(inverted, latents=inverted.latents + low * noise, reconstruction=drawn(low))
