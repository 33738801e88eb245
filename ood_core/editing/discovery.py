"""Directions that nobody had to label: in the generator's weights, and in the spread of its latents."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor

from ..errors import ShapeError
from ..stylegan2.generator import SynthesisNetwork
from ..stylegan2.layers import FullyConnected


def affine_weights(synthesis: SynthesisNetwork, layers: range) -> Tensor:
    """The rows by which styles reach the convolutions, one a channel.

    Args:
        synthesis: its layers' style affines are read.
        layers: which of the L styles; an RGB layer counts with the last one only, as its style is shared.

    Returns:
        [C, D], C channels in all.
    """
    rows = []
    for resolution in synthesis.resolutions:
        first = 2 * resolution.bit_length() - 7  # of conv0; see SynthesisNetwork
        block = synthesis.get_submodule(f"b{resolution}")
        parts = {"conv0": first, "conv1": first + 1}
        if resolution == synthesis.resolutions[-1]:
            parts["torgb"] = first + 2
        for part, style in parts.items():
            if style in layers and hasattr(block, part):
                rows.append(affine_of(synthesis, f"b{resolution}.{part}").detach().float())
    if not rows:
        raise ShapeError(f"The generator has no layers {layers.start} to {layers.stop - 1}.")
    return torch.cat(rows)


def affine_of(synthesis: SynthesisNetwork, place: str) -> Tensor:
    """The matrix that makes a layer's style of its latent, [C, D]; a place is such as "b16.conv1"."""
    affine = cast(FullyConnected, synthesis.get_submodule(f"{place}.affine"))
    return affine.weight * affine.weight_gain


def sefa(synthesis: SynthesisNetwork, layers: range, count: int) -> Tensor:
    """Directions that change the layers' styles most, in closed form (Shen and Zhou 2021, SeFa, eq. 7).

    They are the eigenvectors of AᵀA, where A holds the style affines, each channel's row at length 1.

    Args:
        synthesis: of the generator.
        layers: which styles.
        count: how many; at most D.

    Returns:
        Unit vectors [count, D], the strongest first; the largest number of each is positive.
    """
    rows = torch.nn.functional.normalize(affine_weights(synthesis, layers).double(), dim=1)
    _, vectors = torch.linalg.eigh(rows.t() @ rows)
    return _signed(vectors.t().flip(0)[:count]).float()


def principal(latents: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Directions in which latents vary most (Härkönen et al. 2020, GANSpace, §3.1).

    Args:
        latents: w of random samples, [N, D].
        count: how many; at most D.

    Returns:
        Unit vectors [count, D], the widest first, and the standard deviation along each, [count].
    """
    centred = latents.double() - latents.double().mean(dim=0)
    values, vectors = torch.linalg.eigh(centred.t() @ centred / len(centred))
    deviations = values.clamp_min(0).sqrt().flip(0)[:count]
    return _signed(vectors.t().flip(0)[:count]).float(), deviations.float()


def new_ones(candidates: Tensor, known: Tensor, alike: float = 0.9) -> list[int]:
    """Which directions are not nearly among those before them.

    Args:
        candidates: [N, L, D], each of norm 1.
        known: directions that are there already, [K, L, D], of any length.
        alike: cosine, without sign, from which two are one.

    Returns:
        Indices of the candidates that are left.
    """
    kept = [*torch.nn.functional.normalize(known.flatten(1).double(), dim=1)]
    left = []
    for index, candidate in enumerate(candidates.flatten(1).double()):
        if all(abs(float(candidate @ other)) < alike for other in kept):
            kept.append(candidate)
            left.append(index)
    return left


def _signed(vectors: Tensor) -> Tensor:
    """A sign that does not depend on the solver: the largest number is positive."""
    largest = vectors.gather(1, vectors.abs().argmax(dim=1, keepdim=True))
    return vectors * largest.sign()
