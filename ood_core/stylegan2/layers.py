"""The layers of StyleGAN2: parameters with an equalised learning rate around the functions of ``ops``."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .ops import ACTIVATION_GAIN, LEAK, activate, fir, modulated_conv2d


class FullyConnected(nn.Module):
    """Linear layer with equalised learning rate; optionally followed by the leaky ReLU."""

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        activation: bool = False,
        bias_init: float = 0.0,
        lr_multiplier: float = 1.0,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out_features, in_features) / lr_multiplier)
        self.bias = nn.Parameter(torch.full([out_features], bias_init / lr_multiplier))
        self.activation = activation
        self.weight_gain = lr_multiplier / math.sqrt(in_features)
        self.bias_gain = lr_multiplier

    def forward(self, x: Tensor) -> Tensor:
        """[B, in] -> [B, out]."""
        x = x.to(self.weight.dtype)
        x = torch.addmm(self.bias * self.bias_gain, x, (self.weight * self.weight_gain).t())
        return activate(x) if self.activation else x


class SynthesisLayer(nn.Module):
    """Modulated 3x3 convolution, fixed noise, bias, leaky ReLU."""

    noise_const: Tensor

    def __init__(self, in_channels: int, out_channels: int, w_dim: int, resolution: int, *, up: bool = False):
        super().__init__()
        self.up = up
        self.affine = FullyConnected(w_dim, in_channels, bias_init=1.0)
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels, 3, 3))
        self.weight_gain = 1.0 / math.sqrt(in_channels * 9)
        self.register_buffer("noise_const", torch.randn(resolution, resolution))
        self.noise_strength = nn.Parameter(torch.zeros([]))
        self.bias = nn.Parameter(torch.zeros(out_channels))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """x [B, in, r, r] and w [B, D] -> [B, out, r, r], twice the size when ``up``."""
        # the leaky ReLU lets a positive factor pass: the gain costs less before it, on what is small
        styles, bias = self.affine(w) * self.weight_gain, self.bias * ACTIVATION_GAIN
        x = x.to(self.weight.dtype)
        x = modulated_conv2d(x, self.weight, styles, bias, up=self.up, gain=ACTIVATION_GAIN)
        x.add_((self.noise_const * (self.noise_strength * ACTIVATION_GAIN)).to(x.dtype))
        return F.leaky_relu_(x, LEAK)


class ToRGB(nn.Module):
    """Modulated 1x1 convolution to the image, without demodulation."""

    def __init__(self, in_channels: int, w_dim: int, image_channels: int = 3) -> None:
        super().__init__()
        self.affine = FullyConnected(w_dim, in_channels, bias_init=1.0)
        self.weight = nn.Parameter(torch.randn(image_channels, in_channels, 1, 1))
        self.weight_gain = 1.0 / math.sqrt(in_channels)
        self.bias = nn.Parameter(torch.zeros(image_channels))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """x [B, in, r, r] and w [B, D] -> image [B, 3, r, r]."""
        styles = self.affine(w) * self.weight_gain
        x = x.to(self.weight.dtype)
        return modulated_conv2d(x, self.weight, styles, self.bias, demodulate=False).float()


class Conv2d(nn.Module):
    """Plain convolution with equalised learning rate, for the discriminator.

    With ``down`` the input is filtered and the output has half the size.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        *,
        bias: bool = True,
        activation: bool = True,
        down: bool = False,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels, kernel_size, kernel_size))
        self.bias = nn.Parameter(torch.zeros(out_channels)) if bias else None
        self.weight_gain = 1.0 / math.sqrt(in_channels * kernel_size**2)
        self.padding = kernel_size // 2
        self.activation = activation
        self.down = down

    def forward(self, x: Tensor) -> Tensor:
        """[B, in, r, r] -> [B, out, r, r], half the size when ``down``."""
        weight = self.weight * self.weight_gain
        if self.down and self.padding == 0:
            x = F.conv2d(fir(x, padding=(1, 1), stride=2), weight)
        elif self.down:
            x = F.conv2d(fir(x, padding=(2, 2)), weight, stride=2)
        else:
            x = F.conv2d(x, weight, padding=self.padding)
        if self.activation:
            return activate(x, self.bias)
        return x if self.bias is None else x + self.bias[:, None, None]
