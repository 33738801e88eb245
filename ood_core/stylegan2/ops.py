"""The operations of StyleGAN2 as pure functions, without compiled kernels.

Resampling uses the binomial filter [1, 3, 3, 1] in both directions. Every fast form here has a slow twin in
``tests/stylegan2/test_ops.py``.
"""

from __future__ import annotations

import math
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

ACTIVATION_GAIN = math.sqrt(2.0)
LEAK = 0.2
_TAPS = (1.0, 3.0, 3.0, 1.0)


def activate(x: Tensor, bias: Tensor | None = None, gain: float = ACTIVATION_GAIN) -> Tensor:
    """Add a bias per channel, apply a leaky ReLU (slope 0.2), and restore the variance.

    Args:
        x: features, [B, C] or [B, C, H, W].
        bias: [C], or None.
        gain: factor after the activation; sqrt(2) keeps the variance of a unit normal.

    Returns:
        Tensor of ``x``'s shape.
    """
    if bias is not None:
        x = x + bias.reshape(1, -1, *[1] * (x.ndim - 2))
    return F.leaky_relu(x, LEAK) * gain


def fir_kernel(channels: int, gain: float, like: Tensor) -> Tensor:
    """outer([1,3,3,1], [1,3,3,1]) / 64 times ``gain``, for a depthwise convolution: [C, 1, 4, 4]."""
    return (_binomial(like.dtype, like.device) * gain).expand(channels, 1, 4, 4)


@cache
def _binomial(dtype: torch.dtype, device: torch.device) -> Tensor:
    """Made once: numbers on their way to a GPU hold up everything, and no CUDA graph may contain them."""
    with torch.inference_mode(False):  # a tensor made inside could never be used with gradients
        taps = torch.tensor(_TAPS, dtype=dtype, device=device)
        return torch.outer(taps, taps) / taps.sum() ** 2


def fir(
    x: Tensor, *, padding: tuple[int, int], gain: float = 1.0, stride: int = 1, bias: Tensor | None = None
) -> Tensor:
    """Filter each channel with [1, 3, 3, 1] in both directions.

    Args:
        x: features, [B, C, H, W].
        padding: zeros before and after each spatial axis.
        gain: factor of the whole filter; 4 where zeros were interleaved before.
        stride: step of the output grid.
        bias: added to the output, [C], or None.

    Returns:
        [B, C, (H + sum(padding) - 4) // stride + 1, ...].
    """
    channels = x.shape[1]
    before, after = padding
    if before != after:
        x = F.pad(x, (before, after, before, after))
        before = 0
    return F.conv2d(x, fir_kernel(channels, gain, x), bias, stride=stride, padding=before, groups=channels)


def upsample2x(x: Tensor) -> Tensor:
    """Double the size with the [1, 3, 3, 1] filter: [B, C, H, W] -> [B, C, 2H, 2W].

    Equal to bilinear interpolation of the zero-padded image, which is one fast library call.
    """
    padded = F.pad(x, (1, 1, 1, 1))
    return F.interpolate(padded, scale_factor=2, mode="bilinear", align_corners=False)[..., 2:-2, 2:-2]


def demodulation(weight: Tensor, styles: Tensor) -> Tensor:
    """Factor that restores unit variance after a modulated convolution (paper, eq. 3).

    Uses ``sum_jk (s_j w_ijk)^2 = (s^2) @ (sum_k w^2)^T``, so no weight is built per sample.

    Args:
        weight: [O, I, k, k].
        styles: including the weight's 1/sqrt(fan_in), [B, I].

    Returns:
        [B, O].
    """
    energy = weight.float().square().sum(dim=(2, 3))
    return torch.rsqrt(styles.square() @ energy.t() + 1e-8)


def modulated_conv2d(
    x: Tensor,
    weight: Tensor,
    styles: Tensor,
    bias: Tensor | None = None,
    *,
    up: bool = False,
    demodulate: bool = True,
    gain: float = 1.0,
) -> Tensor:
    """Convolution whose input channels are scaled per sample (paper, eq. 1-3).

    Of one sample the smaller tensor is scaled, its features or the weight. Of a batch the features are,
    before and after one shared convolution, which computes the same function as a grouped convolution with
    weights per sample. With gradients too: scaling the weight would cost the gradient of a weight.

    Args:
        x: features, [B, I, H, W].
        weight: of x's type, [O, I, k, k].
        styles: scale of each input channel, including the weight's 1/sqrt(fan_in), [B, I].
        bias: added to the output, [O], or None.
        up: double the size (transposed convolution, then the [1, 3, 3, 1] filter).
        demodulate: divide by the expected standard deviation of the output.
        gain: factor of the output before the bias.

    Returns:
        [B, O, H, W], or [B, O, 2H, 2W] with ``up``; memory of its own, free to be changed in place.
    """
    scale = demodulation(weight, styles) * gain if demodulate else torch.full_like(styles[:, :1], gain)
    bias = None if bias is None else bias.to(x.dtype)
    learning = x.requires_grad or weight.requires_grad or styles.requires_grad
    if x.shape[0] == 1 and x.numel() > weight.numel() and not learning:
        own = weight * styles[0, :, None, None] * scale[0, :, None, None, None]
        return _convolve(x, own.to(x.dtype), bias, up)
    y = _convolve(x * styles[:, :, None, None].to(x.dtype), weight, None, up)
    y.mul_(scale[:, :, None, None].to(x.dtype))
    return y if bias is None else y.add_(bias[:, None, None])


def _convolve(x: Tensor, weight: Tensor, bias: Tensor | None, up: bool) -> Tensor:
    if not up:
        return F.conv2d(x, weight, bias, padding=weight.shape[-1] // 2)
    x = F.conv_transpose2d(x, weight.transpose(0, 1), stride=2)
    return fir(x, padding=(1, 1), gain=4.0, bias=bias)
