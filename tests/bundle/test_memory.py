"""Keeping freed memory."""

from __future__ import annotations

import subprocess
import sys

import torch

PROGRAM = """
import torch
from ood_core.bundle.memory import keep_freed_memory

def picture():
    x = torch.rand(1, 8, 512, 512, generator=torch.Generator().manual_seed(0))
    for _ in range(3):
        x = torch.nn.functional.leaky_relu(x - 0.5, 0.2) * 2
    return x

before = picture()
keep_freed_memory()
assert torch.equal(before, picture())
"""


def test_a_process_that_keeps_freed_memory_computes_the_same_bits() -> None:
    subprocess.run([sys.executable, "-c", PROGRAM], check=True)


def test_kernels_lie_channels_last_but_those_that_are_transposed() -> None:
    from ood_core.bundle.memory import channels_last
    from ood_core.stylegan2 import Generator, GeneratorConfig

    generator = Generator(GeneratorConfig(16, 8, 8, mapping_layers=1, channel_base=128, channel_max=8)).eval()
    latents = torch.randn(1, generator.num_styles, 8, generator=torch.Generator().manual_seed(0))
    before = generator.synthesis(latents)
    block = channels_last(generator).synthesis.b16
    assert block.conv1.weight.is_contiguous(memory_format=torch.channels_last)
    assert block.conv0.weight.is_contiguous()
    torch.testing.assert_close(generator.synthesis(latents), before, atol=1e-5, rtol=0)
