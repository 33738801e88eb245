"""Muon: the step that torch's own takes, also for convolutions; what it should not train, Adam does."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from ood_core.stylegan2 import Generator, GeneratorConfig
from ood_core.training.muon import Muon, optimisers_of, orthogonal


def test_matrices_become_nearly_orthogonal():
    made = orthogonal(torch.randn(3, 8, 20, generator=torch.Generator().manual_seed(0)))
    values = torch.linalg.svdvals(made)
    assert 0.6 < float(values.min()) and float(values.max()) < 1.3


@pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason="this torch has no Muon to compare with")
@pytest.mark.parametrize("shape", [(6, 10), (10, 6)])
def test_a_matrix_moves_as_with_torchs_own(shape: tuple[int, int]):
    random = torch.Generator().manual_seed(1)
    ours = nn.Parameter(torch.randn(shape, generator=random))
    theirs = copy.deepcopy(ours)
    optimisers = (
        Muon([ours], lr=0.02),
        torch.optim.Muon([theirs], lr=0.02, weight_decay=0.0, adjust_lr_fn="match_rms_adamw"),
    )
    for _ in range(3):
        gradient = torch.randn(shape, generator=random)
        ours.grad, theirs.grad = gradient.clone(), gradient.clone()
        for optimiser in optimisers:
            optimiser.step()
    torch.testing.assert_close(ours, theirs, atol=2e-3, rtol=0)


def test_a_kernel_moves_as_the_matrix_that_it_is():
    random = torch.Generator().manual_seed(2)
    kernel = nn.Parameter(torch.randn(4, 3, 3, 3, generator=random))
    matrix = nn.Parameter(kernel.detach().flatten(1).clone())
    kernel.grad = torch.randn(kernel.shape, generator=random).to(memory_format=torch.channels_last)
    matrix.grad = kernel.grad.flatten(1)
    Muon([kernel, matrix], lr=0.1).step()
    torch.testing.assert_close(kernel.flatten(1), matrix)


def test_every_parameter_has_one_optimiser():
    generator = Generator(GeneratorConfig(16, 8, 8, 2, 1.0, 64, 8))
    found = [p for o in optimisers_of("g", generator).values() for g in o.param_groups for p in g["params"]]
    assert len(found) == len({id(p) for p in found}) == len(list(generator.parameters()))
