"""From a weight file to networks under our names, and back to the file."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ..errors import CheckpointError
from ..inversion import ReStyleConfig
from .averages import W_AVG, average_of, estimated_average, fold_average, fold_start
from .formats import FORMATS, Format, Member, recognise
from .network import Network
from .reading import Checkpoint
from .tables import to_ours, to_theirs

_VARIANTS = {
    "GradualStyleEncoder": "psp",
    "BackboneEncoder": "psp",
    "Encoder4Editing": "e4e",
    "ProgressiveBackboneEncoder": "e4e",
}  # what a file says of its encoder → whose meaning the later styles have


def networks_in(checkpoint: Checkpoint, variant: str | None = None) -> list[Network]:
    """The networks of a file, recognised by its keys, every key and shape checked.

    Args:
        checkpoint: the file.
        variant: "psp" or "e4e", whether the later styles are codes of their own or offsets from the first;
            needed only where the file itself does not say.

    Raises:
        CheckpointError: if the file is of no known format or does not fit its format exactly.
    """
    known = recognise(checkpoint)
    variant = _variant(checkpoint, variant) if known.name == "psp" else ""
    networks = [_network(known, member, checkpoint) for member in known.members]
    if not known.encodes:
        return networks
    encoder, generator = networks
    if variant == "e4e":
        encoder = _with(encoder, offsets=True)
    elif encoder.kind == "encoder/single":
        encoder = _with(encoder, n_styles=generator.config.num_styles)
    if isinstance(encoder.config, ReStyleConfig):
        encoder = dataclasses.replace(encoder, kind="encoder/restyle")
    encoder = fold_average(known, checkpoint, encoder)
    return [fold_start(known, checkpoint, encoder, generator.tensors[W_AVG]), generator]


def left_out(checkpoint: Checkpoint, known: Format) -> list[str]:
    """The parts of a file of which nothing is used, such as a training run's optimiser."""
    prefixes = tuple(member.prefix for member in known.members)
    shared = {prefix.partition("/")[0] for prefix in prefixes if "/" in prefix}
    unused = set()
    for key in checkpoint.tensors:
        container, _, name = key.partition("/")
        if not key.startswith(prefixes) and key != known.average:
            unused.add(f"{container}/{name.partition('.')[0]}" if container in shared else container)
    return sorted(unused)


def file_of(networks: Mapping[str, Network], rest: Mapping[str, Tensor]) -> dict[str, Any]:
    """The nested dictionary that the original file held, for torch.save.

    Args:
        networks: role → network, all of one format.
        rest: `Network.rest` of all of them.

    Raises:
        CheckpointError: if one of the format's networks is not given.
    """
    origin = next(iter(networks.values())).origin
    known = next((entry for entry in FORMATS if entry.name == origin["format"]), None)
    if known is None:
        raise CheckpointError(
            f"format '{origin['format']}' is unknown here; was this made by a newer version?"
        )
    flat: dict[str, Any] = {}
    for member in known.members:
        if member.role not in networks:
            raise CheckpointError(
                f"a {known.name} file also holds {member.role}.safetensors; name the folder"
            )
        network = networks[member.role]
        theirs = to_theirs(network.tensors, member.table(network.config), bool(network.origin["kernels"]))
        flat.update({member.prefix + key: tensor for key, tensor in theirs.items()})
        if member.kind == "generator" and network.origin.get("average"):
            flat[known.average] = network.tensors[W_AVG].expand(network.origin["average"]).clone()
    flat.update(rest)
    flat.update(origin.get("values", {}))
    return _nested(flat)


def _network(known: Format, member: Member, checkpoint: Checkpoint) -> Network:
    where = str(checkpoint.path)
    theirs = known.tensors(member, checkpoint)
    config = member.config(theirs, f"{where}, under '{member.prefix}'" if member.prefix else where)
    table = member.table(config)
    tensors = to_ours(theirs, table, where, member.prefix)
    origin: dict[str, Any] = {
        "format": known.name,
        "kernels": any(key in theirs for key in table.kernels),
        "values": _values(checkpoint, known),
    }
    if member.kind == "deghoster":  # its latents come from its own encoder: no average is ever used
        tensors[f"generator.{W_AVG}"] = torch.zeros(config.generator.w_dim)
    elif member.kind == "generator" and W_AVG not in tensors:
        average = average_of(known, checkpoint, config)
        origin["average"] = None if average is None else list(average.shape)
        first = estimated_average(config, tensors) if average is None else average
        tensors[W_AVG] = first.reshape(-1, config.w_dim)[0]
    return Network(member.kind, config, tensors, origin)


def _variant(checkpoint: Checkpoint, hint: str | None) -> str:
    """ "psp" or "e4e": they have the same tensors and mean different things by them, also within ReStyle."""
    said = checkpoint.values.get("opts/encoder_type")
    if said is not None and said not in _VARIANTS:
        raise CheckpointError(
            f"{checkpoint.path}: 'opts/encoder_type' is '{said}', expected one of {', '.join(_VARIANTS)}"
        )
    variant = hint if said is None else _VARIANTS[str(said)]
    if variant is None:
        raise CheckpointError(
            f"{checkpoint.path}: pSp's and e4e's encoders (also ReStyle's two) have the same tensors, and "
            "'opts/encoder_type' is missing; say which it is with --variant psp or --variant e4e"
        )
    if hint not in (None, variant):
        raise CheckpointError(f"{checkpoint.path}: is {variant}, as its 'opts/encoder_type' says, not {hint}")
    return variant


def _with(network: Network, **changes: Any) -> Network:
    """The network with other numbers in its configuration."""
    return dataclasses.replace(network, config=dataclasses.replace(network.config, **changes))


def _values(checkpoint: Checkpoint, known: Format) -> dict[str, Any]:
    """The plain values beside the tensors, except those of containers that are left out anyway."""
    dropped = left_out(checkpoint, known)
    kept = {key: value for key, value in checkpoint.values.items() if key.partition("/")[0] not in dropped}
    return {key: value for key, value in kept.items() if not isinstance(value, float) or math.isfinite(value)}


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    root: dict[str, Any] = {}
    for name, value in flat.items():
        *folders, last = name.split("/")
        place = root
        for folder in folders:
            place = place.setdefault(folder, {})
        place[last] = value
    return root
