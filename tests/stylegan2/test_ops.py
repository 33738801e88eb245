"""Each fast operation agrees with the slow one it replaces."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from ood_core.stylegan2.ops import demodulation, fir, modulated_conv2d, upsample2x

TAPS = torch.tensor([1.0, 3.0, 3.0, 1.0])
KERNEL = torch.outer(TAPS, TAPS) / 64


def randn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def zero_stuffed(x: torch.Tensor) -> torch.Tensor:
    stuffed = x.new_zeros(*x.shape[:2], 2 * x.shape[2], 2 * x.shape[3])
    stuffed[:, :, ::2, ::2] = x
    return stuffed


def filtered(x: torch.Tensor, before: int, after: int, gain: float) -> torch.Tensor:
    padded = F.pad(x, (before, after, before, after))
    each = [F.conv2d(padded[:, c : c + 1], KERNEL[None, None] * gain) for c in range(x.shape[1])]
    return torch.cat(each, dim=1)


def test_upsampling_is_zero_insertion_followed_by_the_filter():
    x = randn(2, 3, 5, 7)
    torch.testing.assert_close(upsample2x(x), filtered(zero_stuffed(x), 2, 1, 4.0), atol=1e-6, rtol=0)


@pytest.mark.parametrize(("padding", "stride"), [((2, 2), 1), ((1, 1), 2), ((2, 1), 1)])
def test_filtering_is_a_depthwise_convolution_with_the_binomial_kernel(padding, stride):
    x = randn(2, 3, 8, 8)
    slow = filtered(x, *padding, 1.0)[..., ::stride, ::stride]
    torch.testing.assert_close(fir(x, padding=padding, stride=stride), slow, atol=1e-6, rtol=0)


# of a batch, and of a sample smaller than the kernel, the features are scaled; else the kernel
@pytest.mark.parametrize(("batch", "size"), [(3, 6), (1, 5), (1, 12)])
@pytest.mark.parametrize("up", [False, True])
@pytest.mark.parametrize("demodulate", [False, True])
def test_a_modulated_convolution_equals_a_grouped_one_with_weights_per_sample(batch, size, up, demodulate):
    x, weight, styles = randn(batch, 4, size, size), randn(5, 4, 3, 3, seed=1), randn(batch, 4, seed=2) + 1
    bias = randn(5, seed=3)
    own = weight[None] * styles[:, None, :, None, None]
    if demodulate:
        own = own * (own.square().sum(dim=(2, 3, 4), keepdim=True) + 1e-8).rsqrt()
    results = []
    for sample, kernel in zip(x[:, None], own, strict=True):
        if up:  # zero insertion and convolution (a transposed convolution), then the filter
            spread = F.conv2d(F.pad(zero_stuffed(sample)[..., :-1, :-1], (2,) * 4), kernel.flip(2, 3))
            results.append(filtered(spread, 1, 1, 4.0))
        else:
            results.append(F.conv2d(sample, kernel, padding=1))
    fast = modulated_conv2d(x, weight, styles, bias, up=up, demodulate=demodulate, gain=1.5)
    slow = 1.5 * torch.cat(results) + bias[:, None, None]
    torch.testing.assert_close(fast, slow, atol=4e-5, rtol=0)
    assert torch.equal(x, randn(batch, 4, size, size)), "the input was changed"


def test_demodulated_outputs_have_unit_variance_for_independent_inputs():
    weight, styles = randn(8, 16, 3, 3), randn(2, 16, seed=1)
    x = randn(2, 16, 64, 64, seed=2)
    y = modulated_conv2d(x, weight, styles)[..., 1:-1, 1:-1]
    assert y.std(dim=(2, 3)).sub(1).abs().max() < 0.2
    assert demodulation(weight, styles).shape == (2, 8)
