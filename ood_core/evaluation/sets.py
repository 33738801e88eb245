"""Two sets of pictures compared as sets: FID and KID over features that are at hand; no downloads."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ..files.levels import to_uint8
from .judge import Judge, shipped_judge

Describe = Callable[[Tensor], Tensor]
"""Pictures [B, 3, H, W] in [-1, 1] -> features [B, K]."""

_INCEPTION = "weights-inception-2015-12-05-6726825d.pth"  # where torch-fidelity keeps them
_KID_SUBSET = 1000


def features_at_hand(attributes: Sequence[str]) -> tuple[str, Describe] | tuple[None, None]:
    """Features for pictures of a bundle, and their name.

    The judge's where it knows all the bundle's attributes, for then the pictures are drawn ones; otherwise
    Inception's, if torch-fidelity and its weights are there.
    """
    judge = shipped_judge()
    if set(attributes) <= set(judge.config.attributes):
        return "judge", judge_features(judge)
    weights = Path(torch.hub.get_dir()) / "checkpoints" / _INCEPTION
    if find_spec("torch_fidelity") is None or not weights.is_file():
        return None, None
    from torchmetrics.image.fid import NoTrainInceptionV3

    inception = NoTrainInceptionV3("inception-v3-compat", ["2048"], str(weights))
    return "inception", lambda image: inception(torch.from_numpy(to_uint8(image)).movedim(3, 1))


def judge_features(judge: Judge) -> Describe:
    """The means over the picture of each of the judge's stages, side by side: shapes and textures."""
    return lambda image: torch.cat([level.mean(dim=(2, 3)) for level in judge.levels(image)], dim=1)


def set_distances(first: Tensor, second: Tensor) -> dict[str, float | None]:
    """How far two sets are apart.

    Args:
        first, second: features of the pictures, [N, K] and [M, K].

    Returns:
        "fid" (Heusel et al. 2017) and "kid" (Bińkowski et al. 2018); None for a set of fewer than two.
    """
    from torchmetrics.image.fid import FrechetInceptionDistance
    from torchmetrics.image.kid import KernelInceptionDistance

    least = min(len(first), len(second))
    if least < 2:
        return {"fid": None, "kid": None}
    given = _Given(first.shape[1])
    fid: Any = FrechetInceptionDistance(given).set_dtype(torch.float64)
    with warnings.catch_warnings():  # that KID keeps all features
        warnings.simplefilter("ignore")
        kid: Any = KernelInceptionDistance(given, subsets=1, subset_size=min(least, _KID_SUBSET))
    for rows, real in ((first, True), (second, False)):
        fid.update(rows.double(), real=real)
        kid.update(rows.double(), real=real)
    with torch.random.fork_rng(devices=[]):  # KID shuffles
        torch.manual_seed(0)
        return {"fid": max(0.0, float(fid.compute())), "kid": float(kid.compute()[0])}


class _Given(nn.Module):
    """Features that have been computed already."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.num_features = num_features

    def forward(self, rows: Tensor) -> Tensor:
        """The rows themselves."""
        return rows
