"""Domains: families of pictures that this project can draw, with every factor known.

A domain is a module with the functions of ``Domain``; it is listed in ``DOMAINS`` and nowhere else.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

import torch
from torch import Tensor

from ..errors import RecipeError

DOMAINS = {"portraits": ".portraits"}


@dataclass(frozen=True)
class Placing:
    """Sizes and turns of the portraits in a picture of several.

    Attributes:
        smallest, largest: side of a portrait in units of 128 pixels; the sizes between are log-uniform.
        degrees: how far portraits are turned at most, either way.
    """

    smallest: float = 0.2
    largest: float = 4.0
    degrees: float = 45.0


@dataclass(frozen=True, eq=False)
class Crowd:
    """A picture of several people, and the truth about it.

    Attributes:
        image: [1, 3, H, W] in [-1, 1].
        boxes: left, top, right, bottom of each face in pixels, [N, 4].
        landmarks: (x, y) in pixels, in the order of ``alignment.LANDMARKS``, [N, 5, 2].
        scales: side of each portrait in units of 128 pixels, [N].
        angles: how far each is turned clockwise, in degrees, [N].
    """

    image: Tensor
    boxes: Tensor
    landmarks: Tensor
    scales: Tensor
    angles: Tensor


class Rendered(Protocol):
    """A batch of pictures and what in them matters most."""

    image: Tensor
    weight: Tensor


class Domain(Protocol):
    """What training needs of a domain."""

    FACTOR_NAMES: tuple[str, ...]
    ATTRIBUTES: tuple[str, ...]

    def sample_factors(self, count: int, generator: torch.Generator) -> Tensor:
        """Draw factors [B, K]; attributes in [0, 1], all others in [-1, 1]."""

    def set_attribute(self, factors: Tensor, name: str, value: float | Tensor) -> Tensor:
        """The same factors [B, K] with one of them changed."""

    def render(self, factors: Tensor, resolution: int = 128) -> Rendered:
        """Pictures [B, 3, R, R] in [-1, 1] and importance [B, 1, R, R] >= 1."""

    def render_among_things(
        self, factors: Tensor, generator: torch.Generator, resolution: int = 128
    ) -> tuple[Tensor, Tensor]:
        """Pictures with out-of-domain things that may be trained with, and where those are, [B, 1, R, R]."""

    def draw_pair_among_things(
        self, before: Tensor, after: Tensor, generator: torch.Generator, resolution: int = 128
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The same before and after their factors changed, where that is seen, and where things are."""


class Crowds(Protocol):
    """Crowds of training portraits, quickly drawn."""

    def sample(self, count: int, side: int, random: torch.Generator, placing: Placing) -> Crowd:
        """A square crowd of up to ``count`` people."""


class PhotographedDomain(Domain, Protocol):
    """What a detector of faces is trained and measured on; a domain may do without."""

    Crowds: Callable[[int, int, torch.Generator], Crowds]
    """Draws so many portraits and walls once."""

    def sample_crowd(self, count: int, size: tuple[int, int], random: torch.Generator) -> Crowd:
        """A crowd of up to ``count`` people, with things that training does not show; size is (H, W)."""

    def landmarks(self, factors: Tensor, resolution: int = 128) -> Tensor:
        """True landmarks [B, 5, 2] in pixels of ``render``'s pictures."""


def load_domain(name: str) -> Domain:
    """The domain of that name.

    Raises:
        RecipeError: if there is none; the text lists the known ones.
    """
    if name not in DOMAINS:
        raise RecipeError(f"There is no domain {name!r}; known: {', '.join(DOMAINS)}.")
    return cast(Domain, import_module(DOMAINS[name], __name__))


def to_z(domain: Domain, factors: Tensor) -> Tensor:
    """Factors as the generator's z.

    Attributes are spread to [-1, 1] like the rest. Waves of each factor stand beside it: colours that run
    through a palette are wiggly functions, which a mapping network learns late from the numbers alone (Tancik
    et al. 2020, "Fourier Features"). A constant is added, because the mapping network normalises the length
    of z away.

    Args:
        domain: says which factors are attributes.
        factors: [B, K].

    Returns:
        [B, 5 K + 1].
    """
    spread = factors.clone()
    columns = [domain.FACTOR_NAMES.index(name) for name in domain.ATTRIBUTES]
    spread[:, columns] = factors[:, columns] * 2 - 1
    waves = [wave(math.pi * times * spread) for times in (1, 2) for wave in (torch.sin, torch.cos)]
    return torch.cat([spread, torch.ones_like(factors[:, :1]), *waves], dim=1)
