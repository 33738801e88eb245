"""Networks as safetensors files that carry their own configuration."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

from torch import nn

from .errors import BundleError


def network_kinds() -> dict[str, tuple[type[nn.Module], type[Any]]]:
    """Kind → (network, configuration): the one list of what a weight file may hold."""
    from .alignment.yunet import YuNet, YuNetConfig
    from .deghosting.network import Deghoster, DeghosterConfig
    from .diffcam.network import DiffCamConfig, DifferentialClassifier
    from .inversion.encoder import EncoderConfig, GradualStyleEncoder
    from .inversion.offsets import OffsetStyleEncoder
    from .stylegan2 import Discriminator, DiscriminatorConfig, Generator, GeneratorConfig

    return {
        "generator": (Generator, GeneratorConfig),
        "discriminator": (Discriminator, DiscriminatorConfig),
        "encoder": (GradualStyleEncoder, EncoderConfig),
        "encoder/e4e": (OffsetStyleEncoder, EncoderConfig),
        "diffcam": (DifferentialClassifier, DiffCamConfig),
        "deghoster": (Deghoster, DeghosterConfig),
        "detector": (YuNet, YuNetConfig),
    }


def save_network(path: Path, network: nn.Module) -> None:
    """Write a network's tensors, with its kind and configuration in the file's metadata.

    Args:
        path: a ``.safetensors`` file; replaced whole or not at all.
        network: an instance of one of ``network_kinds``, on any device.
    """
    from safetensors.torch import save_file

    kind = next(kind for kind, (cls, _) in network_kinds().items() if type(network) is cls)
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    config = json.dumps(dataclasses.asdict(network.config))  # type: ignore[call-overload]
    partial = path.with_suffix(".partial")
    save_file(tensors, partial, metadata={"kind": kind, "config": config})
    os.replace(partial, path)


def load_network(path: Path, kind: str) -> nn.Module:
    """Read a network, ready for inference: float32, on the CPU, no gradients.

    Args:
        path: a file of ``save_network``.
        kind: what it must hold, a key of ``network_kinds``.

    Raises:
        BundleError: if the file cannot be read, holds something else, or does not fit its own configuration.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        remedy = "restore it from where the bundle came from"
        raise BundleError(f"{path} cannot be read ({error}): {remedy}.") from None
    if metadata.get("kind") != kind:
        raise BundleError(f"{path} holds a network of kind {metadata.get('kind')!r}, expected {kind!r}.")
    cls, config_cls = network_kinds()[kind]
    network = cls(config_cls(**json.loads(metadata["config"])))
    tensors = {n: t.float() if t.is_floating_point() else t for n, t in tensors.items()}
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        raise BundleError(f"{path} does not fit its own configuration: {error}") from None
    return network.eval().requires_grad_(False)
