"""LPIPS where its weights are at hand. Nothing is ever downloaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

_BACKBONE = "alexnet-owt-7be5be79.pth"  # torchvision's AlexNet; the layers on top come with torchmetrics


def lpips_at_hand() -> Any | None:
    """LPIPS (Zhang et al. 2018) on AlexNet, of pictures in [-1, 1]; None without its weights."""
    try:
        import torchvision  # noqa: F401
    except (ImportError, RuntimeError):  # RuntimeError: one that was built for another torch
        return None
    if not (Path(torch.hub.get_dir()) / "checkpoints" / _BACKBONE).is_file():
        return None
    from torchmetrics.image.lpip import LearnedPerceptualImagePatchSimilarity

    return LearnedPerceptualImagePatchSimilarity(net_type="alex")
