"""A bundle small enough for every test: random weights, 32 px, two attributes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from ood_core.files.pictures import save_image

if TYPE_CHECKING:
    from ood_core.bundle import Bundle


def make_tiny_bundle(seed: int = 0) -> Bundle:
    """A 32 px bundle whose networks have random weights but their real architecture, ready for inference."""
    from ood_core.bundle import Bundle
    from ood_core.bundle.manifest import Attribute
    from ood_core.deghosting import Deghoster, DeghosterConfig
    from ood_core.diffcam import DiffCamConfig, DifferentialClassifier
    from ood_core.inversion import EncoderConfig, GradualStyleEncoder
    from ood_core.stylegan2 import Generator, GeneratorConfig

    generator = GeneratorConfig(
        resolution=32, z_dim=16, w_dim=16, mapping_layers=2, channel_base=256, channel_max=16
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        styles, width = generator.num_styles, generator.w_dim
        encoder = EncoderConfig(
            input_resolution=32, stem=8, widths=(8, 8, 16, 16), depths=(1, 1, 1, 1),
            n_styles=styles, style_dim=width, coarse=2, middle=5,
        )  # fmt: skip
        diffcam = DiffCamConfig(input_resolution=32, base_width=4, depths=(1, 1, 2, 1), split=1, classes=2)
        deghoster = DeghosterConfig(16, generator, trunk_channels=8, growth_channels=4, trunk_blocks=1)
        bundle = Bundle(
            name="tiny",
            resolution=32,
            licence="MIT",
            provenance="random weights for tests",
            attributes={
                "Smiling": Attribute("Smiling", 0, "Smiling", default_strength=2.0, range=(-1.5, 1.5)),
                "Old": Attribute("Old", None, "Old", sign=-1),
            },
            generator=Generator(generator),
            encoder=GradualStyleEncoder(encoder),
            diffcam=DifferentialClassifier(diffcam),
            deghoster=Deghoster(deghoster),
            directions={name: torch.randn(styles, width) for name in ("Smiling", "Old")},
            foreign=(45.0, 90.0),
        )
    for network in bundle.networks.values():
        network.eval().requires_grad_(False)
    return bundle


@pytest.fixture(scope="session")
def tiny_bundle_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`make_tiny_bundle` on disk. Shared by the whole session: copy it before changing it."""
    from ood_core.bundle import save_bundle

    folder = tmp_path_factory.mktemp("bundles") / "tiny"
    save_bundle(make_tiny_bundle(), folder)
    return folder


@pytest.fixture(scope="session")
def tiny_bundle(tiny_bundle_folder: Path) -> Bundle:
    """`make_tiny_bundle` as `load_bundle` gives it."""
    from ood_core.bundle import load_bundle

    return load_bundle(tiny_bundle_folder)


@pytest.fixture
def make_picture() -> Callable[..., Path]:
    """Writes a seeded random picture of a size to a path, and returns the path."""

    def write(path: Path, height: int = 32, width: int = 32, seed: int = 0) -> Path:
        noise = torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))
        save_image(path, noise * 2 - 1)
        return path

    return write
