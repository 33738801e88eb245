"""The mask of what an editor changed beyond drift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..images import Box
from ..registration import Registration
from ..registration.filters import dilate, gaussian, halved
from .change_evidence import Evidence, change_evidence
from .change_network import built_in, change_probability, network_input
from .regions import Flags, regions_of, without_small_holes

_SEED, _LOW = 6.0, 2.6  # evidence that begins a region, and that may belong to one
_WEIGHTS = (1.0, 1.0, 0.9, 0.8)  # of fine to coarse evidence
_RELATIVE = 0.12  # of the peak nearby that a region's rim must reach: strong changes keep tight rims
_AREA = 2.5e-4  # share of the picture; smaller regions are noise,
_MASS = 12.0  # and so are those whose evidence adds up to less than this over so large an area
_GAP, _HOLE = 3, 0.0012  # pixels and share of the picture
_AROUND = 64  # pixels around all evidence that the network sees
_SURE, _LIKELY = 0.98, 0.6  # probability that begins a region, and that belongs to one
_PROBABLE_AREA = 6e-5  # share of the picture; smaller regions are noise
_ISLAND, _WEAK, _STRONGEST = 0.05, 0.5, 20.0  # shares of the largest region's area and evidence; its limit
_HALVED = 256  # longer side from which a first look is taken at half the size
_APART = 0.012  # share of the longer side that light keeps away from what changed


@dataclass(frozen=True, eq=False)
class Changes:
    """What an editor changed.

    Attributes:
        mask: [1,1,h,w] in [0,1], at the size at which the registration was estimated.
        evidence: behind it.
        registration: with its light fitted again where nothing changed.
        before: what T was compared with, [1,3,h,w] in [0,1].
    """

    mask: Tensor
    evidence: Evidence
    registration: Registration
    before: Tensor


def find_changes(registration: Registration, reference: Registration | None = None) -> Changes:
    """Find what changed beyond drift; nothing, exactly, where the editor did nothing.

    Args:
        registration: T on I.
        reference: the editor's no-op pass of I, or what its autoencoder makes of I, on I: what T shares with
            it is drift.
    """
    if registration.whole:
        nothing = Evidence(torch.zeros_like(registration.small), 0.0)
        return Changes(registration.covered, nothing, registration, registration.small)
    before = registration.small if reference is None else reference.matched
    if not registration.exact:
        registration = registration.relit(_apart_from_changes(registration, before))
    evidence = change_evidence(before, *_compared(registration))
    strongest = gaussian(_strongest(evidence), 0.8)
    box = _box_of(strongest > _LOW)
    probability = torch.zeros_like(strongest)
    if box is not None:
        seen = box.crop(network_input(before, registration, evidence))
        box.crop(probability).copy_(change_probability(built_in(before.device), seen))
    mask = regions_of_probability(probability, strongest) * registration.covered
    return Changes(mask, evidence, registration, before)


def _apart_from_changes(registration: Registration, before: Tensor) -> Tensor:
    """Where light is to be looked at: away from what changed at first sight, [1,1,h,w] in {0, 1}.

    That needs no more than half the size, and a quarter of the time.
    """
    size = before.shape[-2:]
    pictures = [before, *_compared(registration)]
    if max(size) >= _HALVED:
        pictures = [halved(each) for each in pictures]
    mask = regions_of_change(change_evidence(*pictures))
    apart = max(2, round(_APART * max(mask.shape[-2:])))
    return 1 - F.interpolate(dilate(mask, apart), size=size, mode="nearest")


def _compared(registration: Registration) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    return registration.matched, registration.seen, registration.trust, registration.covered


def _box_of(evident: Tensor) -> Box | None:
    """What the network must see: all that is evident [1,1,h,w], and its surroundings; None if nothing is."""
    height, width = evident.shape[-2:]
    rows, columns = (evident[0, 0].any(dim).nonzero().flatten() for dim in (1, 0))
    if not len(rows):
        return None
    top, left = max(0, int(rows[0]) - _AROUND), max(0, int(columns[0]) - _AROUND)
    bottom, right = min(height, int(rows[-1]) + 1 + _AROUND), min(width, int(columns[-1]) + 1 + _AROUND)
    return Box(top, left, bottom - top, right - left)


def regions_of_probability(probability: Tensor, strongest: Tensor) -> Tensor:
    """Regions that the network is sure of and for which there is evidence, both [1,1,h,w], in {0, 1}."""
    seeds = _flags((probability > _SURE) & (strongest > _LOW))
    regions = regions_of(_flags(probability > _LIKELY))
    areas = regions.areas()
    chosen = (regions.total(seeds) > 0) & (areas >= _PROBABLE_AREA * seeds.size)
    if chosen.any():
        strengths = regions.total(strongest.clamp(0, _STRONGEST)[0, 0].cpu().double().numpy()) / areas
        largest = np.argmax(areas * chosen)
        small, weak = areas < _ISLAND * areas[largest], strengths < _WEAK * strengths[largest]
        chosen &= ~(small & weak)  # texture that was invented anew beside a large, plain edit
    found = without_small_holes(regions.paint(chosen), _HOLE / 8 * seeds.size)
    return torch.from_numpy(found)[None, None].to(probability)


def _strongest(evidence: Evidence) -> Tensor:
    weights = evidence.levels.new_tensor(_WEIGHTS).view(1, -1, 1, 1)
    return (evidence.levels * weights).amax(1, keepdim=True)


def regions_of_change(evidence: Evidence) -> Tensor:
    """Regions that hold strong evidence, out to where weak evidence ends, [1,1,h,w] in {0, 1}."""
    strongest = gaussian(_strongest(evidence), 0.8)
    size = strongest.shape[-2:]
    peak = dilate(F.max_pool2d(strongest, 4, ceil_mode=True), 2)
    peak = F.interpolate(peak, size=size, mode="bilinear", align_corners=False)
    rim = (peak * _RELATIVE).clamp(_LOW, 4 * _LOW)
    excess = (strongest - _LOW).clamp(0, 20)
    found = _seeded(_flags(strongest > _SEED), _flags(strongest > rim), excess[0, 0].cpu().double().numpy())
    mask = torch.from_numpy(found)[None, None].to(strongest)
    if bool(found.any()):
        mask = dilate(dilate(mask, _GAP), -_GAP)
        mask = torch.from_numpy(without_small_holes(_flags(mask > 0.5), _HOLE * found.size))[None, None].to(
            strongest
        )
    return mask


def _seeded(seeds: Flags, low: Flags, excess: np.ndarray) -> Flags:
    regions = regions_of(low)
    area = _AREA * low.size
    chosen = (regions.total(seeds) > 0) & (regions.areas() >= area) & (regions.total(excess) >= _MASS * area)
    return regions.paint(chosen)


def _flags(tensor: Tensor) -> Flags:
    return tensor[0, 0].bool().cpu().numpy()
