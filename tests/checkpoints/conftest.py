"""Small files in the published formats, and hostile ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from ood_core.checkpoints.networks import deghoster_table, diffcam_table, encoder_table
from ood_core.checkpoints.stylegan2_names import MMGEN, ROSINALITY, generator_table
from ood_core.checkpoints.tables import to_theirs
from ood_core.deghosting import Deghoster, DeghosterConfig
from ood_core.diffcam import DiffCamConfig, DifferentialClassifier
from ood_core.inversion import (
    EncoderConfig,
    FlatStyleEncoder,
    GradualStyleEncoder,
    ReStyleConfig,
    ReStyleEncoder,
    SingleStyleEncoder,
)
from ood_core.stylegan2 import Generator, GeneratorConfig

GENERATOR = GeneratorConfig(
    resolution=32, z_dim=16, w_dim=16, mapping_layers=2, channel_base=256, channel_max=16
)
ENCODER = EncoderConfig(
    input_resolution=32, stem=8, widths=(8, 12, 16, 24), depths=(1, 2, 2, 1),
    n_styles=8, style_dim=16, coarse=2, middle=5,
)  # fmt: skip


def state(network: torch.nn.Module, seed: int = 0) -> dict[str, Tensor]:
    """A network's state dict with seeded random numbers everywhere, positive where they are variances."""
    random = torch.Generator().manual_seed(seed)
    return {
        name: torch.rand(tensor.shape, generator=random) + 0.1 if tensor.is_floating_point() else tensor
        for name, tensor in network.state_dict().items()
    }


def prefixed(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {prefix + name: tensor for name, tensor in tensors.items()}


@pytest.fixture
def psp_content() -> dict[str, Any]:
    """What a pSp file holds, for 32 px."""
    encoder, generator = state(GradualStyleEncoder(ENCODER)), state(Generator(GENERATOR), seed=1)
    average = generator.pop("mapping.w_avg")
    names = {
        **prefixed("encoder.", to_theirs(encoder, encoder_table(ENCODER), kernels=False)),
        **prefixed("decoder.", to_theirs(generator, generator_table(GENERATOR, ROSINALITY), kernels=True)),
    }
    opts = {"encoder_type": "GradualStyleEncoder", "output_size": 32, "device": "cuda:0"}
    return {"state_dict": names, "latent_avg": average.repeat(8, 1), "opts": opts}


@pytest.fixture
def restyle_content(psp_content: dict[str, Any]) -> dict[str, Any]:
    """What a ReStyle file holds: an encoder of two pictures without a pyramid, and pSp's generator."""
    config = ReStyleConfig(**{**asdict(ENCODER), "in_channels": 6, "coarse": 8, "middle": 8})
    names = {k: tensor for k, tensor in psp_content["state_dict"].items() if k.startswith("decoder.")}
    with torch.random.fork_rng():
        torch.manual_seed(
            4
        )  # numbers of a network to be trained: it is run on its own pictures again and again
        names |= prefixed("encoder.", dict(ReStyleEncoder(config).state_dict()))
    return {**psp_content, "state_dict": names, "opts": {"encoder_type": "BackboneEncoder"}}


@pytest.fixture
def flat_contents(psp_content: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What pSp files hold whose encoder has no style heads."""
    config = replace(ENCODER, input_resolution=256)
    decoder = {k: tensor for k, tensor in psp_content["state_dict"].items() if k.startswith("decoder.")}
    encoders = {"single": SingleStyleEncoder(config), "flat": FlatStyleEncoder(config)}
    return {
        kind: {**psp_content, "state_dict": {**prefixed("encoder.", state(encoder)), **decoder}}
        for kind, encoder in encoders.items()
    }


@pytest.fixture
def diffcam_content() -> dict[str, Tensor]:
    config = DiffCamConfig(base_width=4, depths=(1, 1, 3, 1), split=2)
    return to_theirs(state(DifferentialClassifier(config)), diffcam_table(config), kernels=False)


@pytest.fixture
def deghosting_content() -> dict[str, Tensor]:
    config = DeghosterConfig(16, GENERATOR, trunk_channels=8, growth_channels=4, trunk_blocks=2)
    return to_theirs(state(Deghoster(config), seed=2), deghoster_table(config), kernels=True)


@pytest.fixture
def mmgen_content() -> dict[str, Any]:
    generator = to_theirs(state(Generator(GENERATOR)), generator_table(GENERATOR, MMGEN), kernels=True)
    return {"state_dict": prefixed("generator_ema.", generator), "meta": {"iter": 7}}


@pytest.fixture
def published(
    tmp_path: Path,
    psp_content: dict[str, Any],
    diffcam_content: dict[str, Tensor],
    deghosting_content: dict[str, Tensor],
) -> dict[str, Path]:
    """The three files and a folder of directions, small, under names that say nothing."""
    folder = tmp_path / "published"
    (folder / "directions").mkdir(parents=True)
    contents = {"psp": psp_content, "diffcam": diffcam_content, "deghosting": deghosting_content}
    files = {}
    for number, (name, content) in enumerate(contents.items()):
        files[name] = folder / f"download({number}).bin"
        torch.save(content, files[name])
    random = np.random.default_rng(0)
    for name in ("Smiling", "Beard", "Hat"):
        np.save(folder / "directions" / f"{name}.npy", random.normal(size=(8, 16)))
    return {**files, "directions": folder / "directions"}


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Writes an object as torch does, now or before 1.6, and returns the file."""

    def write(content: object, name: str = "weights.pt", legacy: bool = False) -> Path:
        torch.save(content, tmp_path / name, _use_new_zipfile_serialization=not legacy)
        return tmp_path / name

    return write
