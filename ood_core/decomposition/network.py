"""The network of decomposition: from I, I', T and the class evidence to mask and foreign things."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import ShapeError
from ..unet import UNet

_INPUTS = 16
_CLOSER = 4.0  # differences are small beside pictures: they are shown enlarged


@dataclass(frozen=True)
class DecomposerConfig:
    """Channels at 1/2, 1/4, 1/8, … of the size; the coarsest level should see about 8 cells a side."""

    channels: Sequence[int] = (32, 48, 64, 96)

    def __post_init__(self) -> None:
        object.__setattr__(self, "channels", tuple(self.channels))
        if not self.channels or min(self.channels) < 1:
            raise ShapeError(f"A decomposer needs channels of at least 1, not {list(self.channels)}.")


class Parts(NamedTuple):
    """What the network says of each pixel.

    Attributes:
        mask: logit of the pixel belonging to the edit, [B, 1, H, W].
        foreign: logit of the photograph showing there what the generator cannot draw, [B, 1, H, W].
    """

    mask: Tensor
    foreign: Tensor


class Decomposer(nn.Module):
    """It sees the pictures at their own size and their differences; it knows no levels and no classes."""

    kind: ClassVar[str] = "decomposer"
    config_type: ClassVar[type[DecomposerConfig]] = DecomposerConfig

    def __init__(self, config: DecomposerConfig = DecomposerConfig()) -> None:
        super().__init__()
        self.config = config
        self.unet = UNet(_INPUTS, len(Parts._fields), config.channels)
        nn.init.zeros_(self.unet.out.weight)  # it begins undecided everywhere, and from there without ripples

    def forward(self, original: Tensor, before: Tensor, after: Tensor, evidence: Tensor | None) -> Parts:
        """Look at a pair.

        Args:
            original: I, [B, 3, H, W] in [-1, 1]; of any size, its border is repeated where levels need more.
            before, after: I' and T, of the same shape.
            evidence: of the edited attributes' classes, [B, A, h, w], not negative; None where nobody knows.

        Returns:
            Logits of the pictures' size.
        """
        height, width = original.shape[-2:]
        levels = 2 ** len(self.config.channels)
        seen = network_input(original, before, after, evidence).to(self.unet.out.weight.dtype)
        seen = F.pad(seen, (0, -width % levels, 0, -height % levels), mode="replicate")
        made = self.unet(seen)[..., :height, :width].float()
        return Parts(*made.split(1, dim=1))


def network_input(original: Tensor, before: Tensor, after: Tensor, evidence: Tensor | None) -> Tensor:
    """What the network sees, [B, 16, H, W]: pictures, two differences, evidence relative to its maximum."""
    size = (original.shape[-2], original.shape[-1])
    if evidence is None:
        near = torch.zeros_like(original[:, :1])
    else:
        share = evidence.float() / evidence.float().amax(dim=(2, 3), keepdim=True).clamp_min(1e-12)
        near = F.interpolate(share.amax(1, keepdim=True), size=size, mode="bilinear", align_corners=False)
    change, missed = (after - before) * _CLOSER, (original - before) * _CLOSER
    return torch.cat([original, before, after, change, missed, near.to(original)], dim=1)
