"""A mapping network for a generator that was trained on an encoder's latents, so that it can be sampled."""

from __future__ import annotations

import torch
from torch import Tensor

from ..stylegan2.generator import MappingNetwork

_STEPS, _BATCH, _RATE = 800, 256, 3e-3
_PROJECTIONS = 128


def follow_latents(mapping: MappingNetwork, latents: Tensor, seed: int) -> float:
    """Train a mapping network until its w lie as the means of given latents do; w_avg is set to their mean.

    By the sliced Wasserstein distance (Rabin et al. 2011): on random lines both sets are sorted and compared.

    Args:
        mapping: changed in place.
        latents: W+ of real pictures, [N, L, D].
        seed: of z and the lines.

    Returns:
        The last distance in units of the latents' spread.
    """
    aim = latents.mean(dim=1)
    mapping.w_avg.copy_(aim.mean(dim=0))
    random = torch.Generator().manual_seed(seed)
    width = int(mapping.get_parameter("fc0.weight").shape[1])
    parameters = list(mapping.parameters())
    for parameter in parameters:
        parameter.requires_grad_(True)
    adam = torch.optim.Adam(parameters, lr=_RATE, betas=(0.9, 0.99))
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, _STEPS)
    spread = aim.std()
    distance = torch.zeros(())
    with torch.enable_grad():
        for _ in range(_STEPS):
            made = mapping(torch.randn(_BATCH, width, generator=random))[:, 0]
            lines = torch.nn.functional.normalize(
                torch.randn(aim.shape[1], _PROJECTIONS, generator=random), dim=0
            )
            wanted = aim[torch.randint(len(aim), (_BATCH,), generator=random)]
            distance = (
                (made @ lines).sort(dim=0).values - (wanted @ lines).sort(dim=0).values
            ).abs().mean() / spread
            adam.zero_grad(set_to_none=True)
            distance.backward()
            adam.step()
            schedule.step()
    for parameter in parameters:
        parameter.requires_grad_(False)
    return float(distance.detach())
