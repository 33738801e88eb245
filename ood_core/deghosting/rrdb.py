"""Residual-in-residual dense blocks: the trunk of ESRGAN (Wang et al. 2018) without its upsampling."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LEAK = 0.2
RESIDUAL_SCALE = 0.2
_INIT_SCALE = 0.1  # ESRGAN, supplement: a smaller initialisation keeps deep residual stacks trainable


class ResidualDenseBlock(nn.Module):
    """Five convolutions, each seeing the outputs of all before it; the last returns to the trunk's width."""

    def __init__(self, channels: int, growth: int) -> None:
        super().__init__()
        for index in range(5):
            out_channels = channels if index == 4 else growth
            conv = nn.Conv2d(channels + index * growth, out_channels, 3, padding=1)
            nn.init.kaiming_normal_(conv.weight)
            nn.init.zeros_(conv.bias)  # type: ignore[arg-type]
            conv.weight.data.mul_(_INIT_SCALE)
            self.add_module(f"conv{index + 1}", conv)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] -> the same shape."""
        seen = [x]
        for index in range(1, 5):
            conv = self.get_submodule(f"conv{index}")
            seen.append(F.leaky_relu_(conv(torch.cat(seen, dim=1)), LEAK))
        return self.get_submodule("conv5")(torch.cat(seen, dim=1)).mul_(RESIDUAL_SCALE).add_(x)


class ResidualInResidualBlock(nn.Module):
    """Three dense blocks and a residual around them."""

    def __init__(self, channels: int, growth: int) -> None:
        super().__init__()
        self.rdb1 = ResidualDenseBlock(channels, growth)
        self.rdb2 = ResidualDenseBlock(channels, growth)
        self.rdb3 = ResidualDenseBlock(channels, growth)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] -> the same shape."""
        return self.rdb3(self.rdb2(self.rdb1(x))).mul_(RESIDUAL_SCALE).add_(x)


class DenseTrunk(nn.Module):
    """Image -> features of its size: a convolution, residual blocks in a long residual, a widening one."""

    def __init__(self, channels: int, growth: int, blocks: int, out_channels: int) -> None:
        super().__init__()
        self.conv_first = nn.Conv2d(3, channels, 3, padding=1)
        self.body = nn.Sequential(*(ResidualInResidualBlock(channels, growth) for _ in range(blocks)))
        self.conv_body = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv_up = nn.Conv2d(channels, out_channels, 3, padding=1)

    def forward(self, image: Tensor) -> Tensor:
        """[B, 3, H, W] -> [B, C, H, W]."""
        x = self.conv_first(image)
        x = self.conv_body(self.body(x)).add_(x)
        return F.leaky_relu_(self.conv_up(x), LEAK)
