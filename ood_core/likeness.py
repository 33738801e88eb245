"""Whether a generator knows what it is shown: how well it matches where it matches best."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .composition import colour_space_of
from .diffcam.mask import difference

KNOWN, LIKELY = 0.68, 0.88
"""Strangeness up to which a face is of the generator's kind: where another detector sees one too, and where
none does. Settled for portraits-128 on 270 drawn people with things (seeds 5000 to 5119, 61000 to 61149: 95 %
and 98 % are below) and on 38 photographs with their false finds (lowest face 0.69, false one 0.95).
"""

_GRID = 64
_BEST = 0.2  # share of the face that must match: a hat, a hand and glasses may cover the rest
_CONTRAST = 1.0
"""Range of [-1, 1] between the twentieths of a face's values; where it is less, differences weigh more. It
changes nothing for 120 drawn people (seeds 330000 to 330119). Without it 9 of 71 photographs in 15 % of their
light, and 1 of 144 as they were, were taken for drawn people.
"""

_TONED = 0.4
"""Share of these limits that is left where a picture has no colours, by which most kinds are told apart.
Settled in grey on 60 drawn people with things (seeds 880000 to 880059: 35 below the lower limit, 44 below
the upper) and 139 photographs (none, one). On 60 other people it is 32 and 47, on 138 other photographs none
and one.
"""

_ACROSS, _DOWN, _MIDDLE = 0.45, 0.5, 0.1  # of the ellipse of a face in its frame, which reaches from -1 to 1


def strangeness(original: Tensor, reconstruction: Tensor, level: float) -> Tensor:
    """How far the best fifth of a face is from what the generator makes of it.

    Things in front of a face differ from any reconstruction, so an average says little. What a generator
    knows, it draws nearly exactly wherever nothing covers it; of another kind of picture it matches no part.
    In the dark and in mist everything differs by little, so a faint face's differences count for more. A
    black-and-white or toned picture is compared in its own tone: of its colours no generator can know.

    Args:
        original: I, [B,3,H,W] in [-1,1], a face in its frame.
        reconstruction: I', same shape.
        level: grey levels by which a picture differs where it begins to be foreign to the generator.

    Returns:
        The difference in units of that level, [B].
    """
    reconstruction, share = _in_tone(original, reconstruction.clamp(-1, 1))
    small = [F.adaptive_avg_pool2d(picture, _GRID) for picture in (original, reconstruction)]
    mismatch = difference(small[0], small[1], 0.01 * _GRID)[:, 0]
    position = (torch.arange(_GRID, device=original.device) + 0.5) * 2 / _GRID - 1
    inside = (position / _ACROSS).square() + ((position - _MIDDLE) / _DOWN).square()[:, None] < 1
    values = small[0][:, :, inside].float().clamp(-1, 1).flatten(1)
    contrast = (values.quantile(0.95, dim=1) - values.quantile(0.05, dim=1)) / _CONTRAST
    best = mismatch[:, inside].quantile(_BEST, dim=1)
    return best / max(level, 1e-6) / contrast.clamp(1e-3, 1) / share


def _in_tone(original: Tensor, reconstruction: Tensor) -> tuple[Tensor, Tensor]:
    """I' in I's tone where I has one, [B,3,H,W], and the share of the limits that then holds, [B]."""
    seen, share = reconstruction.clone(), reconstruction.new_ones(len(original))
    for index, picture in enumerate(original):
        tone = colour_space_of(picture[None])
        if tone is not None:
            seen[index], share[index] = tone.of(reconstruction[index, None])[0], _TONED
    return seen, share
