"""The sizes that generator and discriminator have in common."""

from __future__ import annotations

from ..errors import ShapeError


def check_resolution(network: str, resolution: int) -> None:
    """Raise ShapeError, naming the network, unless the resolution is a power of two from 8 up."""
    if resolution < 8 or resolution & (resolution - 1):
        raise ShapeError(f"A {network}'s resolution must be a power of two from 8 up, not {resolution}.")


def channel_count(resolution: int, channel_base: int, channel_max: int) -> int:
    """Feature channels at a resolution: inversely proportional to it, up to a maximum."""
    return max(1, min(channel_base // resolution, channel_max))
