"""Directions that labels give by themselves: how the latents of those who show an attribute differ."""

from __future__ import annotations

import torch
from einops import einsum
from torch import Tensor

_RIDGE = 1.0  # pictures' worth of doubt, in labels²


def label_steps(latents: Tensor, labels: Tensor) -> Tensor:
    """The edits that take each attribute from 0 to 1 with the others as they are.

    Least squares on all labels at once, so that what two attributes have in common is counted once: people
    who wear glasses are older, and the step of glasses must not age anybody.

    Args:
        latents: W+ of N pictures, [N, L, D].
        labels: [N, A]: 0, 1, or NaN where nobody knows, which counts as the attribute's mean.

    Returns:
        [A, L, D].
    """
    known = torch.isfinite(labels)
    mean = labels.nansum(dim=0) / known.sum(dim=0).clamp_min(1)
    centred = torch.where(known, labels - mean, 0.0).to(latents)
    gram = centred.T @ centred + _RIDGE * torch.eye(centred.shape[1]).to(latents)
    apart = einsum(centred, latents - latents.mean(dim=0), "n a, n l d -> a l d")
    steps: Tensor = torch.linalg.solve(gram, apart.flatten(1)).view_as(apart)
    return steps
