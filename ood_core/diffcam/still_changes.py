"""Changes in the frames of a clip: where nothing moved, neighbouring frames vote on the mask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ..registration.filters import gaussian
from ..registration.light import Light
from ..registration.still import weights_around
from .changes import Changes

VOTERS = 2
"""Frames before and after one that have a vote on its mask."""
_MOVED = 0.05  # a difference between frames, of black to white, at which the other's vote counts e⁻¹
_SHOT = 0.12  # mean difference of frames that are of different shots


def voted(frames: Sequence[Changes | None], index: int) -> Changes | None:
    """The changes of one frame, held still by those around it.

    A pixel's mask is what most frames say in which both pictures look the same there: a region that flashes
    up for one frame goes, a gap of one frame is closed, and what moves is left to its own frame. Light is
    averaged within the shot.

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
    votes = [weight * _alike(own, other) for other, weight in near]
    total = torch.stack(votes).sum(0)
    found = torch.stack([vote * other.mask for vote, (other, _) in zip(votes, near, strict=True)]).sum(0)
    light = _averaged([(other.registration.light, weight) for other, weight in near])
    registration = replace(own.registration, light=light)
    return replace(own, mask=(found > total / 2).to(own.mask), registration=registration)


def _comparable(own: Changes, other: Changes) -> bool:
    """Whether a frame is of the same shot."""
    mine, theirs = own.registration, other.registration
    if theirs.exact or theirs.whole or mine.small.shape != theirs.small.shape:
        return False
    return float((mine.small - theirs.small).abs().mean()) < _SHOT


def _alike(own: Changes, other: Changes) -> Tensor:
    """How far two frames show the same, in I and in T, [1,1,h,w]."""
    mine, theirs = own.registration, other.registration
    apart = torch.maximum(_apart(mine.small, theirs.small), _apart(mine.seen, theirs.seen))
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
