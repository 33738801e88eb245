"""Networks as safetensors files that carry their own configuration.

A network that is saved here names its ``kind`` and the ``config_type`` it is built from as class attributes,
and keeps its configuration as ``.config``.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from torch import nn

from ..errors import BundleError
from .paths import unreadable
from .whole import written_whole

N = TypeVar("N", bound=nn.Module)


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
        network: with ``kind`` and ``config``, on any device.
    """
    from safetensors.torch import save_file

    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    with written_whole(path) as partial:
        save_file(tensors, partial, metadata=network_header(str(network.kind), network.config))


def load_network(path: Path, network_type: type[N]) -> N:
    """Read a network, ready for inference: float32, on the CPU, no gradients.

    Args:
        path: a file of ``save_network``.
        network_type: what it must hold.

    Raises:
        BundleError: if the file cannot be read, holds something else, or does not fit its own configuration.
    """
    from safetensors import SafetensorError, safe_open

    if why := unreadable(path):
        raise BundleError(f"{path}: {why}; restore it from where the bundle came from")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        remedy = "restore it from where the bundle came from"
        raise BundleError(f"{path} cannot be read ({error}): {remedy}.") from None
    network = _built(path, metadata, network_type)
    tensors = {n: t.float() if t.is_floating_point() else t for n, t in tensors.items()}
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        raise BundleError(f"{path} does not fit its own configuration: {error}") from None
    return network.eval().requires_grad_(False)


def _built(path: Path, metadata: Mapping[str, str], network_type: Any) -> Any:
    """The network that a file describes, still without its weights."""
    expected = network_type.kind
    try:
        found, numbers = read_header(metadata)
        config = network_type.config_type(**numbers) if found == expected else None
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(f"{path} does not say which network it holds ({error!r}): restore it.") from None
    if config is None:
        raise BundleError(f"{path} holds a network of kind {found!r}, expected {expected!r}.")
    return network_type(config)
