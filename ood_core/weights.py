"""Networks as safetensors files that carry their own configuration."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from .errors import BundleError


def network_kinds() -> dict[str, tuple[type[nn.Module], type[Any]]]:
    """Kind → (network, configuration): the one list of what a weight file may hold."""
    from .alignment.landmarker import Landmarker, LandmarkerConfig
    from .alignment.yunet import YuNet, YuNetConfig
    from .deghosting.network import Deghoster, DeghosterConfig
    from .diffcam.change_network import ChangeNetwork, ChangeNetworkConfig
    from .diffcam.network import DiffCamConfig, DifferentialClassifier
    from .evaluation.judge import Judge, JudgeConfig
    from .inversion.encoder import EncoderConfig, GradualStyleEncoder
    from .inversion.flat import FlatStyleEncoder, SingleStyleEncoder
    from .inversion.restyle import ReStyleConfig, ReStyleEncoder
    from .stylegan2 import Discriminator, DiscriminatorConfig, Generator, GeneratorConfig

    return {
        "generator": (Generator, GeneratorConfig),
        "discriminator": (Discriminator, DiscriminatorConfig),
        "encoder": (GradualStyleEncoder, EncoderConfig),
        "encoder/flat": (FlatStyleEncoder, EncoderConfig),
        "encoder/restyle": (ReStyleEncoder, ReStyleConfig),
        "encoder/single": (SingleStyleEncoder, EncoderConfig),
        "changes": (ChangeNetwork, ChangeNetworkConfig),
        "diffcam": (DifferentialClassifier, DiffCamConfig),
        "deghoster": (Deghoster, DeghosterConfig),
        "judge": (Judge, JudgeConfig),
        "detector": (YuNet, YuNetConfig),
        "landmarker": (Landmarker, LandmarkerConfig),
    }


def network_header(kind: str, config: object) -> dict[str, str]:
    """A weight file's metadata: one text, because safetensors gives several in an order of its own choice."""
    described = {"kind": kind, "config": dataclasses.asdict(config)}  # type: ignore[call-overload]
    return {"network": json.dumps(described)}


def read_header(metadata: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Kind and configuration from a weight file's metadata, also where they are two texts, as they once were.

    Raises:
        KeyError, TypeError, ValueError: if they are not there or damaged.
    """
    if "network" in metadata:
        described = json.loads(metadata["network"])
        return str(described["kind"]), dict(described["config"])
    return metadata["kind"], dict(json.loads(metadata["config"]))


def save_network(path: Path, network: nn.Module) -> None:
    """Write a network's tensors, with its kind and configuration in the file's metadata.

    Args:
        path: a ``.safetensors`` file; replaced whole or not at all.
        network: an instance of one of ``network_kinds``, on any device.
    """
    from safetensors.torch import save_file

    kind = next(kind for kind, (cls, _) in network_kinds().items() if type(network) is cls)
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    partial = path.with_suffix(".partial")
    save_file(tensors, partial, metadata=network_header(kind, network.config))
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
    network = _built(path, metadata, kind)
    tensors = {n: t.float() if t.is_floating_point() else t for n, t in tensors.items()}
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        raise BundleError(f"{path} does not fit its own configuration: {error}") from None
    return network.eval().requires_grad_(False)


def _built(path: Path, metadata: Mapping[str, str], kind: str) -> nn.Module:
    """The network that a file describes, still without its weights."""
    cls, config_cls = network_kinds()[kind]
    try:
        found, numbers = read_header(metadata)
        config = config_cls(**numbers) if found == kind else None
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(f"{path} does not say which network it holds ({error!r}): restore it.") from None
    if config is None:
        raise BundleError(f"{path} holds a network of kind {found!r}, expected {kind!r}.")
    return cls(config)
