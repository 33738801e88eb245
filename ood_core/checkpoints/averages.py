"""The average latent: where files keep it, what stands for one that is missing, and who adds it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import torch
from torch import Tensor

from ..errors import CheckpointError
from ..stylegan2 import GeneratorConfig, MappingNetwork
from .formats import Format
from .network import Network
from .reading import Checkpoint
from .tables import check_finite

W_AVG = "mapping.w_avg"
_SAMPLES = 10_000
_START = "opts/start_from_latent_avg"


def average_of(known: Format, checkpoint: Checkpoint, config: GeneratorConfig) -> Tensor | None:
    """The average latent as the file holds it, [D] or [L,D]; None where it may be estimated instead.

    A lone generator often comes without one, and so does pSp's file where its encoder does not start from it.

    Raises:
        CheckpointError: if an encoder needs it and it is missing, it has another shape, or is not finite.
    """
    average = checkpoint.tensors.get(known.average)
    shapes = ((config.w_dim,), (1, config.w_dim), (config.num_styles, config.w_dim))
    if average is None and not (known.encodes and _starts_from_average(checkpoint)):
        return None
    if average is None or tuple(average.shape) not in shapes:
        found = "missing" if average is None else f"of shape {list(average.shape)}"
        raise CheckpointError(
            f"{checkpoint.path}: '{known.average}' is {found}, expected {[list(s) for s in shapes]}"
        )
    check_finite(average, str(checkpoint.path), known.average)
    return average


@torch.no_grad()
def estimated_average(config: GeneratorConfig, tensors: Mapping[str, Tensor]) -> Tensor:
    """The mean w of ten thousand fixed random latents, for files that do not hold it: [D]."""
    mapping = MappingNetwork(config)
    own = {name: tensors[f"mapping.{name}"].float() for name in mapping.state_dict() if name != "w_avg"}
    mapping.load_state_dict({**own, "w_avg": torch.zeros(config.w_dim)})
    z = torch.randn(_SAMPLES, config.z_dim, generator=torch.Generator().manual_seed(0))
    return mapping(z)[:, 0].mean(dim=0)


def fold_average(known: Format, checkpoint: Checkpoint, encoder: Network) -> Network:
    """Where the average differs from style to style, move the differences into the style heads' biases.

    Our generators have one average latent. The published files repeat one, so this does nothing for them.

    Raises:
        CheckpointError: if they differ and the encoder is none that adds its biases once to each style.
    """
    average = checkpoint.tensors.get(known.average)
    if average is None or average.ndim < 2 or bool((average == average[0]).all()):
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


def fold_start(known: Format, checkpoint: Checkpoint, encoder: Network, w_avg: Tensor) -> Network:
    """Where an encoder gives latents as they are, take the average that we add out of its last biases.

    pSp's ``start_from_latent_avg: False`` says so; ReStyle begins with the average in any case.

    Args:
        known, checkpoint: the file.
        encoder: its encoder.
        w_avg: the average latent that our encoders are relative to, [D].
    """
    if _starts_from_average(checkpoint) or encoder.kind == "encoder/restyle":
        return encoder
    heads = 1 if encoder.config.offsets else encoder.config.n_styles
    biases = (
        [f"styles.{n}.linear.bias" for n in range(heads)] if encoder.kind == "encoder" else ["linear.bias"]
    )
    moved = {}
    for bias in biases:
        own = encoder.tensors[bias]
        moved[bias] = own - w_avg.repeat(own.numel() // w_avg.numel()).to(own)
    rest = {known.members[0].prefix + bias: encoder.tensors[bias] for bias in biases}
    return dataclasses.replace(
        encoder,
        tensors={**encoder.tensors, **moved},
        origin={**encoder.origin, "rest": True},
        rest={**rest, **encoder.rest},
    )


def _starts_from_average(checkpoint: Checkpoint) -> bool:
    """Whether the file's encoder is relative to the average latent: so are all that do not deny it."""
    return checkpoint.values.get(_START) is not False
