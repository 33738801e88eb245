"""From a weight file to networks under our names, and back to the file."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from ..errors import CheckpointError
from ..files.networks import network_header
from ..inversion import ReStyleConfig
from ..stylegan2 import GeneratorConfig, MappingNetwork
from .formats import FORMATS, Format, Member, recognise
from .reading import Checkpoint
from .tables import to_ours, to_theirs

_W_AVG = "mapping.w_avg"
_SAMPLES = 10_000
_VARIANTS = {
    "GradualStyleEncoder": "psp",
    "BackboneEncoder": "psp",
    "Encoder4Editing": "e4e",
    "ProgressiveBackboneEncoder": "e4e",
}  # what a file says of its encoder → whose meaning the later styles have


@dataclass(frozen=True, eq=False)
class Network:
    """One network of somebody's file under our names.

    Attributes:
        kind: a key of `weights.network_kinds`.
        config: its configuration.
        tensors: its state dict; views of the file.
        origin: what is needed to write the file again: format, what was dropped, plain values.
        rest: tensors that our names cannot hold, by the file's names; empty for all published files.
    """

    kind: str
    config: Any
    tensors: Mapping[str, Tensor]
    origin: Mapping[str, Any]
    rest: Mapping[str, Tensor] = field(default_factory=dict)

    @property
    def role(self) -> str:
        """What it does in a bundle, and the name of its file: its kind without the architecture's name."""
        return self.kind.partition("/")[0]

    @property
    def metadata(self) -> dict[str, str]:
        """The header of its safetensors file, as `weights.load_network` reads it."""
        return {**network_header(self.kind, self.config), "origin": json.dumps(self.origin)}


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
    return [_fold_average(known, checkpoint, encoder), generator]


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
            flat[known.average] = network.tensors[_W_AVG].expand(network.origin["average"]).clone()
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
        tensors[f"generator.{_W_AVG}"] = torch.zeros(config.generator.w_dim)
    elif member.kind == "generator" and _W_AVG not in tensors:
        average = _average(known, checkpoint, config)
        origin["average"] = None if average is None else list(average.shape)
        first = estimated_average(config, tensors) if average is None else average
        tensors[_W_AVG] = first.reshape(-1, config.w_dim)[0]
    return Network(member.kind, config, tensors, origin)


def _average(known: Format, checkpoint: Checkpoint, config: GeneratorConfig) -> Tensor | None:
    """The average latent as the file holds it, [D] or [L,D]; None where a lone generator came without one."""
    average = checkpoint.tensors.get(known.average)
    shapes = ((config.w_dim,), (1, config.w_dim), (config.num_styles, config.w_dim))
    if average is None and not known.encodes:
        return None
    if average is None or tuple(average.shape) not in shapes:
        found = "missing" if average is None else f"of shape {list(average.shape)}"
        raise CheckpointError(
            f"{checkpoint.path}: '{known.average}' is {found}, expected {[list(s) for s in shapes]}"
        )
    return average


@torch.no_grad()
def estimated_average(config: GeneratorConfig, tensors: Mapping[str, Tensor]) -> Tensor:
    """The mean w of ten thousand fixed random latents, for files that do not hold it: [D]."""
    mapping = MappingNetwork(config)
    own = {name: tensors[f"mapping.{name}"].float() for name in mapping.state_dict() if name != "w_avg"}
    mapping.load_state_dict({**own, "w_avg": torch.zeros(config.w_dim)})
    z = torch.randn(_SAMPLES, config.z_dim, generator=torch.Generator().manual_seed(0))
    return mapping(z)[:, 0].mean(dim=0)


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


def _fold_average(known: Format, checkpoint: Checkpoint, encoder: Network) -> Network:
    """Where the average differs from style to style, move the differences into the style heads' biases.

    Our generators have one average latent. The published files repeat one, so this does nothing for them.

    Raises:
        CheckpointError: if they differ and the encoder is none that adds its biases once to each style.
    """
    average = checkpoint.tensors[known.average]
    if average.ndim < 2 or bool((average == average[0]).all()):
        return encoder
    if encoder.kind != "encoder":
        raise CheckpointError(
            f"{checkpoint.path}: '{known.average}' differs from style to style; expected one, repeated"
        )
    biases = {n: f"styles.{n}.linear.bias" for n in range(encoder.config.n_styles)}
    moved = {bias: encoder.tensors[bias] + (average[n] - average[0]) for n, bias in biases.items()}
    rest = {known.members[0].prefix + bias: encoder.tensors[bias] for bias in biases.values()}
    rest[known.average] = average
    origin = {**encoder.origin, "rest": True}
    return dataclasses.replace(encoder, tensors={**encoder.tensors, **moved}, origin=origin, rest=rest)


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
