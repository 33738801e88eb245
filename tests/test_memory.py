"""Keeping freed memory."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import torch
from ood_core.memory import keep_freed_memory

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
