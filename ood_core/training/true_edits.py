"""Edits whose truth is known: of the generator's own samples, and, where a domain is drawn, of drawings."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..bundle import Bundle
from ..diffcam.activation import differential_cam
from ..domains import Domain, load_domain
from ..domains.portraits import visible_change
from ..images import resize_area
from ..inversion import encode
from ..making.sampling import random_latents
from .overlays import as_taken, lay_over, texture

_WHOLE_WAY = 0.8  # of a drawn attribute's factor in an edit of strength 1
_TOGETHER = (1, 1, 1, 1, 2, 2, 3)  # attributes that are edited at once
_WEAKEST, _STRONGEST = 0.15, 1.5
_STRANGERS = 0.06  # of the pictures show nothing that the generator knows: there is nothing to edit
_WRONG = 0.7  # of the inversions are made worse
_NOISE, _OTHER = 2.5, 0.8  # the worst of them: noise in spreads of the latents, part of the way to others
_SILENT = 0.15  # of the pairs come without evidence of classes


@dataclass(frozen=True, eq=False)
class TrueEdits:
    """A batch.

    Attributes:
        original, target: I and its true edit, [B, 3, R, R] in [-1, 1].
        change: where that is seen, [B, 1, R, R] in [0, 1].
        foreign: where things cover what the generator knows, same shape.
        before, after: I' and T, [B, 3, R, R] in [-1, 1], as an inversion that errs makes them.
        evidence: of the classes that were edited, [B, A, h, w]; zero where nobody knows. None without a
            classifier.
    """

    original: Tensor
    target: Tensor
    change: Tensor
    foreign: Tensor
    before: Tensor
    after: Tensor
    evidence: Tensor | None


class EditsOfBundle:
    """Draws edits of a bundle's attributes, signed, of every strength, one or several at once.

    Args:
        bundle: generator, directions and, where they are there, encoder and classifier.
        drawn: share of the batches that its domain draws; the others are its generator's samples.
    """

    def __init__(self, bundle: Bundle, drawn: float = 0.0) -> None:
        self.bundle = bundle
        self.names = list(bundle.attributes)
        self.steps = torch.stack(
            [bundle.attribute_directions[n] * bundle.default_strengths[n] for n in self.names]
        )
        self.domain: Domain | None = load_domain(bundle.domain) if bundle.domain else None
        known = [] if self.domain is None else [n for n in self.names if n in self.domain.ATTRIBUTES]
        self.drawn = drawn if known else 0.0
        latents = random_latents(bundle, 1000, torch.Generator().manual_seed(0))
        self.spread = (latents - latents.mean(dim=0)).square().mean().sqrt()

    @torch.no_grad()
    def sample(self, count: int, random: torch.Generator) -> TrueEdits:
        """Draw a batch."""
        strengths = self._strengths(count, random)
        if float(torch.rand((), generator=random)) < self.drawn:
            original, target, foreign, latents, strengths = self._drawings(count, strengths, random)
        else:
            original, target, foreign, latents = self._samples(count, strengths, random)
        others = target[torch.randperm(count, generator=random)]
        original, target, over = lay_over(original, target, others, random)
        foreign = torch.maximum(foreign, over)
        strange = torch.rand(count, 1, 1, 1, generator=random) < _STRANGERS
        stranger = texture(count, original.shape[-1], random)
        stranger = torch.where(torch.rand(count, 1, 1, 1, generator=random) < 0.5, stranger, others.flip(2))
        original, target = (torch.where(strange, stranger, picture) for picture in (original, target))
        foreign = torch.where(strange, 1.0, foreign)
        original, target = as_taken(original, target, random)
        change = visible_change(original, target)
        target = torch.where(change > 0, target, original)
        before, after = self._inverted(original, latents, strengths, random)
        return TrueEdits(
            original, target, change, foreign, before, after, self._evidence(before, after, strengths, random)
        )

    @torch.no_grad()
    def single(self, count: int, random: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """I' and T of the generator's samples, [B, 3, R, R], along one direction each, and which, [B]."""
        moved = torch.randint(len(self.names), (count,), generator=random)
        size = _WEAKEST + (_STRONGEST - _WEAKEST) * torch.rand(count, generator=random)
        sign = torch.randint(2, (count,), generator=random) * 2 - 1
        strengths = torch.zeros(count, len(self.names))
        strengths[torch.arange(count), moved] = size * sign
        original, _, _, latents = self._samples(count, strengths, random)
        return *self._inverted(original, latents, strengths, random), moved

    def _strengths(self, count: int, random: torch.Generator) -> Tensor:
        """Of every attribute, [B, A]; 0 for those that stay."""
        attributes = len(self.names)
        order = torch.rand(count, attributes, generator=random).argsort(dim=1)
        together = torch.tensor(_TOGETHER)[torch.randint(len(_TOGETHER), (count, 1), generator=random)]
        size = _WEAKEST + (_STRONGEST - _WEAKEST) * torch.rand(count, attributes, generator=random)
        sign = torch.randint(2, (count, attributes), generator=random) * 2 - 1
        return size * sign * (order < together)

    def _samples(self, count: int, strengths: Tensor, random: torch.Generator) -> tuple[Tensor, ...]:
        """The generator's samples, their edits, no things yet, and their latents."""
        latents = random_latents(self.bundle, count, random)[:, None]
        latents = latents.expand(-1, self.bundle.generator.num_styles, -1)
        moved = latents + torch.einsum("ba,ald->bld", strengths.to(latents), self.steps)
        both = self.bundle.generator.synthesis(torch.cat([latents, moved])).clamp(-1, 1)
        original, target = both.chunk(2)
        return original, target, torch.zeros_like(original[:, :1]), latents

    def _drawings(self, count: int, strengths: Tensor, random: torch.Generator) -> tuple[Tensor, ...]:
        """Drawings among things, their edits, the things, their latents, and strengths that can be drawn."""
        domain, bundle = self.domain, self.bundle
        assert domain is not None
        factors = domain.sample_factors(count, random)
        before, after, drawn = factors, factors, torch.zeros_like(strengths)
        for index, name in enumerate(self.names):
            if name not in domain.ATTRIBUTES:
                continue
            column, strength = domain.FACTOR_NAMES.index(name), strengths[:, index]
            ready = (factors[:, column] * 0.15 + 0.85 * (strength < 0)).to(factors)
            start = torch.where(
                (strength != 0) & (torch.rand(count, generator=random) < 0.7), ready, factors[:, column]
            )
            end = (start + strength * _WHOLE_WAY).clamp(0, 1)
            before = domain.set_attribute(before, name, start)
            after = domain.set_attribute(after, name, end)
            room = torch.where(end == start, 0.0, strength)  # an edit of what is fully there changes nothing
            drawn[:, index] = torch.where((end - start).abs() < 0.05, 0.0, room)
        source, target, _, things = domain.draw_pair_among_things(before, after, random, bundle.resolution)
        w_avg = bundle.generator.mapping.w_avg
        latents = w_avg.expand(count, bundle.generator.num_styles, -1)
        return source, target, things, latents, drawn

    def _inverted(
        self, original: Tensor, latents: Tensor, strengths: Tensor, random: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """I' and T of an inversion that errs as encoders do, and worse."""
        bundle, count = self.bundle, len(original)
        if bundle.encoder is not None:
            latents = encode(original, bundle.encoder, bundle.generator.mapping.w_avg)
        latents = latents + self._error(latents, random)
        moved = latents + torch.einsum("ba,ald->bld", strengths.to(latents), self.steps)
        both = bundle.generator.synthesis(torch.cat([latents, moved])).clamp(-1, 1)
        gain = 1 + 0.08 * (torch.rand(count, 3, 1, 1, generator=random) * 2 - 1)
        offset = 0.08 * (torch.rand(count, 3, 1, 1, generator=random) * 2 - 1)
        off = torch.rand(count, 1, 1, 1, generator=random) < 0.25
        gain, offset = (
            torch.where(off, gain, 1.0).repeat(2, 1, 1, 1),
            torch.where(off, offset, 0.0).repeat(2, 1, 1, 1),
        )
        shift = (
            torch.randint(-1, 2, (2,), generator=random) * (torch.rand((), generator=random) < 0.2)
        ).tolist()
        both = torch.roll(both * gain.to(both) + offset.to(both), shift, (2, 3)).clamp(-1, 1)
        before, after = both.chunk(2)
        return before, after

    def _error(self, latents: Tensor, random: torch.Generator) -> Tensor:
        """What an inversion gets wrong, [B, L, D]: noise of each style, or a step towards somebody else."""
        count, styles, width = latents.shape
        size = torch.rand(count, 1, 1, generator=random).square()
        size = size * (torch.rand(count, 1, 1, generator=random) < _WRONG)
        noise = torch.randn(count, styles, width, generator=random) * self.spread.cpu()
        other = random_latents(self.bundle, count, random).cpu()[:, None] - latents.cpu()
        kept = torch.rand(count, styles, 1, generator=random) < torch.rand(count, 1, 1, generator=random)
        which = torch.rand(count, 1, 1, generator=random) < 0.5
        return (size * torch.where(which, _NOISE * noise, _OTHER * other * kept)).to(latents)

    def _evidence(
        self, before: Tensor, after: Tensor, strengths: Tensor, random: torch.Generator
    ) -> Tensor | None:
        network, attributes = self.bundle.diffcam, list(self.bundle.attributes.values())
        if network is None:
            return None
        side = network.config.input_resolution
        features = network.features(resize_area(before, side), resize_area(after, side))
        heard = torch.rand(len(before), 1, 1, 1, generator=random) >= _SILENT
        maps = []
        for index, attribute in enumerate(attributes):
            if attribute.diffcam_class is None:
                continue
            count = len(features)
            found = differential_cam(
                features, network.fc.weight, [attribute.diffcam_class] * count, [attribute.sign] * count
            )
            edited = (strengths[:, index] != 0).view(-1, 1, 1, 1)
            maps.append(_share(found) * (edited & heard).to(found))
        return torch.cat(maps, dim=1) if maps else None


def _share(evidence: Tensor) -> Tensor:
    return evidence / evidence.amax(dim=(2, 3), keepdim=True).clamp_min(1e-12)
