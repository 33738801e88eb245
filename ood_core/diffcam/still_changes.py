"""Changes in the frames of a clip: neighbouring frames, brought to where the camera is, vote on the mask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ..registration import place
from ..registration.filters import gaussian
from ..registration.light import Light
from ..registration.still import weights_around
from .changes import Changes

VOTERS = 2
"""Frames before and after one that have a vote on its mask."""
_MOVED = 0.05  # a difference between frames, of black to white, at which the other's vote counts e⁻¹
_STANDING = 0.02  # share of the picture that moves although the camera stands still
_SHOT = 0.12  # mean difference of frames that are of different shots


def voted(frames: Sequence[Changes | None], index: int) -> Changes | None:
    """The changes of one frame, held still by those around it.

    A pixel's mask is what most frames say in which both pictures look the same there: a region that flashes
    up for one frame goes, a gap of one frame is closed, and what moves is left to its own frame. Where the
    camera moved, neighbours are first brought onto the frame. Light is averaged within the shot.

    Args:
        frames: a stretch of a clip; None where a frame is to be left alone.
        index: of the frame.
    """
    own = frames[index]
    if own is None or own.registration.exact or own.registration.whole:
        return own
    near = [
        (other, weight)
        for at, weight in weights_around(len(frames), index, VOTERS / 2)
        if (other := frames[at]) is not None and _comparable(own, other)
    ]
    total, found = torch.zeros_like(own.mask), torch.zeros_like(own.mask)
    for other, weight in near:
        mask, alike = _seen_from(own, other)
        total, found = total + weight * alike, found + weight * alike * mask
    light = _averaged([(other.registration.light, weight) for other, weight in near])
    registration = replace(own.registration, light=light)
    return replace(own, mask=(found > total / 2).to(own.mask), registration=registration)


def _comparable(own: Changes, other: Changes) -> bool:
    """Whether a frame is of the same shot."""
    mine, theirs = own.registration, other.registration
    if theirs.exact or theirs.whole or mine.small.shape != theirs.small.shape:
        return False
    return float((mine.small - theirs.small).abs().mean()) < _SHOT


def _seen_from(own: Changes, other: Changes) -> tuple[Tensor, Tensor]:
    """Another frame's mask as this one's camera sees it, and how far both show the same, [1,1,h,w]."""
    mine, theirs = own.registration, other.registration
    apart = _apart(mine.small, theirs.small)
    if other is own or float((apart > _MOVED).float().mean()) < _STANDING:
        return other.mask, _alike(torch.maximum(apart, _apart(mine.seen, theirs.seen)))
    placed = place(mine.small * 2 - 1, theirs.small * 2 - 1)
    if placed.report.confidence == 0:
        return other.mask, torch.zeros_like(apart)
    small, seen, mask = (placed.placement.bring(each) for each in (theirs.small, theirs.seen, other.mask))
    apart = torch.maximum(_apart(mine.small, small), _apart(mine.seen, seen))
    covered = placed.placement.coverage((apart.shape[-2], apart.shape[-1]), apart.device)
    return mask.clamp(0, 1), _alike(apart) * covered


def _alike(apart: Tensor) -> Tensor:
    return torch.exp(-(apart / _MOVED).square())


def _apart(first: Tensor, second: Tensor) -> Tensor:
    return gaussian(first - second, 1.5).abs().amax(1, keepdim=True)


def _averaged(lights: Sequence[tuple[Light, float]]) -> Light:
    """The mean of lights; one that changes nothing is the identity among them."""
    if all(light.plain for light, _ in lights):
        return Light()
    total = sum(weight for _, weight in lights)
    identity = torch.eye(10, 3)
    colour = sum(
        (
            weight / total * (identity if light.colour is None else light.colour.cpu())
            for light, weight in lights
        ),
        torch.zeros(10, 3),
    )
    fields = [weight / total * light.fields for light, weight in lights if light.fields is not None]
    return Light(colour, torch.stack(fields).sum(0) if fields else None)
