"""Directions of a bundle's own: found in its generator, or learned from pictures of two kinds."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from ..alignment import Crop
from ..bundle import Attribute, Bundle
from ..editing import layer_range, means_boundary, orthogonalise, principal, reach, sefa, within
from ..editing.discovery import new_ones
from ..errors import AttributeNameError, OodError, ShapeError
from ..inversion import Inverter
from ..progress import Progress
from ..sources import invert
from .sampling import sample_latents

FOUND = "found-"
"""How the names of directions begin that were found and not yet named."""

Method = Literal["pca", "sefa", "both"]
_SAMPLES = 5000
_FEWEST = 5  # pictures of either kind from which a direction is learned


@torch.no_grad()
def find_directions(
    bundle: Bundle, method: Method = "pca", layers: str = "all", count: int = 12, seed: int = 0
) -> Bundle:
    """The bundle with directions found in its generator, called found-1, found-2 and so on.

    Args:
        bundle: those it has stay, and are not found again.
        method: "pca" takes what varies most among random latents (Härkönen et al. 2020), "sefa" what the
            weights amplify most (Shen and Zhou 2021), "both" one of each in turn.
        layers: which styles they move; see `layer_range`.
        count: at most so many new ones.
        seed: of the random latents.

    Raises:
        OodError: if there is no such method.
        ShapeError: if the generator has no such layers.
    """
    config, samples = bundle.generator.config, sample_latents(bundle, _SAMPLES, seed)
    styles = layer_range(layers, config.num_styles)
    most = min(count + len(bundle.directions), config.w_dim)
    ways = {
        "pca": lambda: principal(samples, most)[0],
        "sefa": lambda: sefa(bundle.generator.synthesis, styles, most),
    }
    if method != "both" and method not in ways:
        raise OodError(f"There is no method '{method}' of finding directions. Known: pca, sefa, both.")
    found = [way() for name, way in ways.items() if method in ("both", name)]
    vectors = torch.stack([vector for turn in zip(*found, strict=True) for vector in turn])
    candidates = torch.stack([within(vector, styles, config.num_styles) for vector in vectors.cpu()])
    known = torch.stack([*bundle.directions.values()]).cpu() if bundle.directions else candidates[:0]
    new = [candidates[index] for index in new_ones(candidates, known)][:count]
    for direction in new:
        bundle = with_direction(bundle, _next_name(bundle), direction, samples)
    return bundle


@torch.no_grad()
def learn_direction(
    bundle: Bundle,
    name: str,
    present: Tensor,
    absent: Tensor,
    keeping: Sequence[str] = (),
    layers: str = "all",
) -> Bundle:
    """The bundle with a direction learned from the latents of pictures with and without something.

    The direction is the difference of the two kinds' means: with few pictures, and where the two kinds differ
    in nothing else, it is the better edit (see `means_boundary`). Strength 1 moves as far as the means lie
    apart.

    Args:
        bundle: whose encoder or descent the latents come from.
        name: of the new attribute; one of that name is replaced.
        present, absent: latents of the pictures with and without it, [N, L, D] each.
        keeping: attributes that the edit is to leave alone: the direction is made orthogonal to theirs.
        layers: which styles it moves.

    Raises:
        ShapeError: if there are under five pictures of a kind, or nothing is left of the direction.
        AttributeNameError: if the bundle lacks one of the attributes to keep, or the name is no name.
    """
    others, styles = _lesson(bundle, name, (len(present), len(absent)), keeping, layers)
    latents = torch.cat([present, absent]).cpu()
    labels = torch.cat([torch.ones(len(present)), torch.zeros(len(absent))])
    direction = orthogonalise(means_boundary(latents, labels), others)
    direction = within(direction, styles, bundle.generator.num_styles)
    apart = latents[: len(present)].mean(dim=0) - latents[len(present) :].mean(dim=0)
    length = float((apart * direction).sum())
    return with_direction(bundle, name, direction, sample_latents(bundle, _SAMPLES), length)


def learn_from_pictures(
    bundle: Bundle,
    name: str,
    present: list[Crop],
    absent: list[Crop],
    inverter: Inverter,
    keeping: Sequence[str] = (),
    layers: str = "all",
    progress: Progress | None = None,
) -> Bundle:
    """As `learn_direction`, from pictures. What cannot be learned is refused before any is inverted.

    Args:
        bundle, name, keeping, layers: as there.
        present, absent: pictures with and without it.
        inverter: finds their latents.
        progress: told as they are inverted.
    """
    _lesson(bundle, name, (len(present), len(absent)), keeping, layers)
    latents = invert([*present, *absent], bundle, inverter, progress).latents
    return learn_direction(bundle, name, latents[: len(present)], latents[len(present) :], keeping, layers)


def with_direction(
    bundle: Bundle, name: str, direction: Tensor, samples: Tensor, length: float | None = None
) -> Bundle:
    """The bundle with one more direction [L, D] under a name; its useful range is measured on samples [N, D].

    Args:
        bundle, name, direction, samples: as said.
        length: of the edit of strength 1; None for half the way across the samples.
    """
    measured = reach(direction, samples.cpu())
    scale = 1.0 if length is None else measured.length / length
    low, high = (round(strength * scale, 2) for strength in measured.range)
    attribute = Attribute(
        name, None, name, default_strength=length or measured.length, range=(min(low, -0.01), max(high, 0.01))
    )
    device = bundle.generator.mapping.w_avg.device
    return dataclasses.replace(
        bundle,
        attributes={**bundle.attributes, name: attribute},
        directions={**bundle.directions, name: direction.to(device).contiguous()},
    )


def attribute_named(bundle: Bundle, name_or_number: str) -> str:
    """An attribute by its name, or by its number in the bundle's list, counted from 1.

    Raises:
        AttributeNameError: if there is none.
    """
    names = list(bundle.attributes)
    if name_or_number not in names and name_or_number.isdecimal() and 1 <= int(name_or_number) <= len(names):
        return names[int(name_or_number) - 1]
    return _known(bundle, name_or_number)


def rename_direction(bundle: Bundle, name_or_number: str, name: str) -> Bundle:
    """The bundle with an attribute under another name.

    Raises:
        AttributeNameError: if there is no such attribute, or another has the new name already.
    """
    old = attribute_named(bundle, name_or_number)
    _check_name(name)
    if name in bundle.attributes and name != old:
        raise AttributeNameError(f"There is a direction '{name}' already; choose another name.")
    renamed = {own: name if own == old else own for own in bundle.attributes}
    attributes = {
        renamed[own]: dataclasses.replace(attribute, name=renamed[own])
        for own, attribute in bundle.attributes.items()
    }
    return dataclasses.replace(bundle, attributes=attributes)


def remove_directions(bundle: Bundle, names_or_numbers: Sequence[str]) -> Bundle:
    """The bundle without some of its attributes.

    Raises:
        AttributeNameError: if it lacks one of them.
    """
    gone = {attribute_named(bundle, name) for name in names_or_numbers}
    attributes = {name: own for name, own in bundle.attributes.items() if name not in gone}
    needed = {attribute.direction for attribute in attributes.values()}
    directions = {name: tensor for name, tensor in bundle.directions.items() if name in needed}
    return dataclasses.replace(bundle, attributes=attributes, directions=directions)


def keep_found(bundle: Bundle, names_or_numbers: Sequence[str]) -> Bundle:
    """The bundle without the found directions that are not named here; all others stay.

    Raises:
        AttributeNameError: if it lacks one of them.
    """
    kept = {attribute_named(bundle, name) for name in names_or_numbers}
    gone = [name for name in bundle.attributes if name.startswith(FOUND) and name not in kept]
    return remove_directions(bundle, gone)


def _lesson(
    bundle: Bundle, name: str, counts: tuple[int, int], keeping: Sequence[str], layers: str
) -> tuple[list[Tensor], range]:
    """The directions to leave alone and the styles to move, once all of it makes sense."""
    if min(counts) < _FEWEST:
        raise ShapeError(
            f"A direction is learned from at least {_FEWEST} pictures with and {_FEWEST} without, "
            f"not from {counts[0]} and {counts[1]}; 20 of each are better."
        )
    _check_name(name)
    others = [
        bundle.directions[bundle.attributes[_known(bundle, other)].direction].cpu() for other in keeping
    ]
    return others, layer_range(layers, bundle.generator.num_styles)


def _next_name(bundle: Bundle) -> str:
    taken = {*bundle.attributes, *bundle.directions}
    return next(name for n in range(1, len(taken) + 2) if (name := f"{FOUND}{n}") not in taken)


def _known(bundle: Bundle, name: str) -> str:
    if name not in bundle.attributes:
        known = ", ".join(bundle.attributes) or "none"
        raise AttributeNameError(f"The bundle has no direction '{name}'. Known: {known}.")
    return name


def _check_name(name: str) -> None:
    if not name or name != name.strip() or any(character in name for character in "=,\n") or name.isdecimal():
        raise AttributeNameError(
            f"'{name}' cannot name a direction: use letters, and no '=', ',' or spaces at either end."
        )
