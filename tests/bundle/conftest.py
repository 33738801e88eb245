"""Here the tiny bundle lacks nothing, so that every file of a bundle is written, damaged and read."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

from ood_core.bundle import save_bundle
from ood_core.decomposition import Decomposer, DecomposerConfig
from tests.conftest import make_tiny_bundle


@pytest.fixture(scope="session")
def tiny_bundle_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`make_tiny_bundle` and a decomposer, on disk. Copy it before changing it."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        decomposer = Decomposer(DecomposerConfig((8, 16))).eval().requires_grad_(False)
    folder = tmp_path_factory.mktemp("bundles") / "tiny"
    save_bundle(dataclasses.replace(make_tiny_bundle(), decomposer=decomposer), folder)
    return folder
