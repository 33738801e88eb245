"""Training pictures of photographed faces: turned, scaled, shifted, mirrored and coloured as cameras do."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from .photographs import Photographs

_TURN = math.radians(6)
_SCALE, _SHIFT = 0.06, 0.03
_GREY = 0.06  # of all pictures, as in old albums
_LUMA = (0.299, 0.587, 0.114)


class FaceViews:
    """Photographs on a device, and random views of them."""

    def __init__(self, photographs: Photographs, device: torch.device) -> None:
        self.pixels = photographs.pixels.to(device)
        self.resolution = photographs.recipe.resolution
        self.share = self.resolution / self.pixels.shape[-1]
        self.device = device

    def __call__(self, random: torch.Generator, *indices: Tensor) -> list[Tensor]:
        """Views of pictures, [B, 3, R, R] in [-1, 1], one batch for each of ``indices`` [B].

        The same random view is taken of all batches: of two pictures of one person the difference stays.
        """
        count = len(indices[0])
        numbers = torch.rand(12, count, 1, 1, 1, generator=random).to(self.device)
        grid = self._grid(numbers[:5].view(5, count))
        views = []
        for chosen in indices:
            picture = self.pixels[chosen.to(self.device)].float() / 127.5 - 1
            view = F.grid_sample(
                picture, grid, mode="bicubic", padding_mode="reflection", align_corners=False
            )
            views.append(_coloured(view, numbers[5:]).clamp(-1, 1))
        return views

    def _grid(self, numbers: Tensor) -> Tensor:
        turn, scale, across, down = (2 * numbers[:4] - 1) * numbers.new_tensor(
            [[_TURN], [_SCALE], [_SHIFT], [_SHIFT]]
        )
        mirror = torch.where(numbers[4] < 0.5, -1.0, 1.0)
        size = self.share * (1 + scale)
        cosine, sine = torch.cos(turn) * size, torch.sin(turn) * size
        rows = [
            torch.stack([cosine * mirror, -sine, across], 1),
            torch.stack([sine * mirror, cosine, down], 1),
        ]
        shape = [len(turn), 3, self.resolution, self.resolution]
        return F.affine_grid(torch.stack(rows, 1), shape, align_corners=False)


def _coloured(view: Tensor, numbers: Tensor) -> Tensor:
    """Light, contrast, saturation and tint of each picture changed; ``numbers`` [7, B, 1, 1, 1] in [0, 1]."""
    light, contrast, saturation, grey, *tint = 2 * numbers - 1
    luma = (view * view.new_tensor(_LUMA)[:, None, None]).sum(dim=1, keepdim=True)
    view = torch.lerp(
        luma, view, torch.where(grey < 2 * _GREY - 1, torch.zeros_like(grey), 1 + 0.25 * saturation)
    )
    middle = view.mean(dim=(1, 2, 3), keepdim=True)
    view = middle + (view - middle) * (1 + 0.12 * contrast)
    return view + 0.12 * light + 0.04 * torch.cat(tint, dim=1)
