"""What is said of a network that is imported, and whether it belongs to the generator."""

from __future__ import annotations

from pathlib import Path

from ..errors import CheckpointError
from ..stylegan2 import GeneratorConfig
from .network import Network


def check_fit(source: Path, network: Network, generator: GeneratorConfig) -> None:
    """Whether a network belongs to the generator."""
    config = network.config
    pairs: tuple[tuple[str, int, int], ...] = ()
    if network.role == "deghoster":
        pairs = (("resolution", config.generator.resolution, generator.resolution),)
    elif network.role == "encoder":
        pairs = (
            ("number of styles", config.n_styles, generator.num_styles),
            ("style width", config.style_dim, generator.w_dim),
        )
    elif network.role == "discriminator":
        raise CheckpointError(f"{source}: holds a discriminator, which a bundle has no use for")
    for what, found, expected in pairs:
        if found != expected:
            raise CheckpointError(
                f"{source}: the {network.role}'s {what} is {found}, the generator's is {expected}"
            )


def described(network: Network) -> str:
    """One line on a network: what it is and how large."""
    config = network.config
    details = {
        "generator": lambda: f"StyleGAN2, {config.resolution} px, {config.num_styles} styles",
        "encoder": lambda: f"{_encoder_name(network)}, {config.input_resolution} px",
        "diffcam": lambda: f"ResNet of {sum(config.depths)} blocks, {config.classes} classes",
        "deghoster": lambda: f"{config.in_resolution} to {config.generator.resolution} px",
    }
    size = sum(tensor.numel() for tensor in network.tensors.values()) / 1e6
    return f"{network.role}: {details.get(network.role, lambda: network.kind)()}, {size:.1f} million numbers"


def _encoder_name(network: Network) -> str:
    meaning = "e4e" if network.config.offsets else "pSp"
    names = {
        "encoder": meaning,
        "encoder/restyle": f"ReStyle on {meaning}, {getattr(network.config, 'iterations', 0)} iterations",
        "encoder/single": "pSp into W",
        "encoder/flat": "pSp into W+ without style heads",
    }
    return names[network.kind]
