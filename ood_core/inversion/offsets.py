"""e4e: pSp's encoder, its styles given as offsets from the first.

Tov et al., "Designing an Encoder for StyleGAN Image Manipulation", SIGGRAPH 2021, §4.1. The tensors are
those of pSp's encoder, name by name and shape by shape; only their meaning differs.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .encoder import GradualStyleEncoder


class OffsetStyleEncoder(GradualStyleEncoder):
    """An image to one latent for all styles, and for each further style how far it lies from that."""

    def forward(self, image: Tensor) -> Tensor:
        """As `GradualStyleEncoder.forward`: codes [B, L, D] relative to the average latent."""
        codes = super().forward(image)
        return torch.cat([codes[:, :1], codes[:, :1] + codes[:, 1:]], dim=1)
