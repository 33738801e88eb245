"""Black-and-white and toned photographs: their colours form one curve, and an edit has to stay on it.

A print in sepia, a cyanotype or a scan in black and white is stored as RGB like any other picture, but its
colour follows from its brightness. A generator knows only colour photographs, and would paint the lips red.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import ShapeError
from ..images import Box, resize_area

_LUMA = (0.299, 0.587, 0.114)
_LOOKED_AT = 512  # pixels a side: enough to tell, and quick
_LEVELS = 64  # parts of the brightness in each of which the photograph's mean colour is taken
_RARE = 1e-3  # part of the pixels below which a brightness has too few to say its colour
_BLOCK = 4  # pixels a side that are looked at together
_MEAN_OFF = 2.5 / 127.5  # how far colours may lie off the curve: a JPEG's doing
_OFF = {
    10 / 127.5: 5e-3,
    20 / 127.5: 3e-4,
}  # distance from the curve -> part of the picture that may be so far
_FALLS = 8 / 127.5  # how far a channel may fall while the picture gets brighter
_STEP = 1e-3  # that the brightest colour must be brighter than the last one that was found
_TONES = 8  # parts of the brightness that a toned picture fills at least: a drawing of flat colours does not


@dataclass(frozen=True, eq=False)
class Tone:
    """The one curve in RGB on which all of a photograph's colours lie.

    Attributes:
        levels: brightnesses, ascending, [K] in [-1, 1].
        colours: the photograph's colour at each, [K, 3] in [-1, 1].
    """

    levels: Tensor
    colours: Tensor

    def of(self, picture: Tensor) -> Tensor:
        """The picture in this tone: every colour becomes the curve's colour of the same brightness.

        Args:
            picture: [B, 3, H, W] in [-1, 1].

        Raises:
            ShapeError: if it has not three channels.
        """
        luma = _luma(picture)
        levels, colours = self.levels.to(luma), self.colours.to(luma)
        above = torch.searchsorted(levels, luma.contiguous()).clamp(1, len(levels) - 1)
        below = above - 1
        part = ((luma - levels[below]) / (levels[above] - levels[below])).clamp(0, 1)
        return torch.lerp(colours[below], colours[above], part[..., None]).movedim(-1, 1)

    def inside(self, picture: Tensor, mask: Tensor) -> Tensor:
        """The picture in this tone where a mask is not 0, and with its own bits elsewhere.

        Args:
            picture: [1, 3, H, W] in [-1, 1].
            mask: [1, 1, H, W].
        """
        if not bool(mask.any()):
            return picture
        rows, columns = ((mask[0, 0] > 0).any(dim=dim).nonzero()[:, 0] for dim in (1, 0))
        top, left = int(rows[0]), int(columns[0])
        box = Box(top, left, int(rows[-1]) + 1 - top, int(columns[-1]) + 1 - left)
        toned, part = picture.clone(), box.crop(picture)
        box.crop(toned).copy_(torch.where(box.crop(mask) > 0, self.of(part), part))
        return toned


def colour_space_of(picture: Tensor) -> Tone | None:
    """The tone of a photograph that is black-and-white or toned; None if it has colours.

    The curve goes through the mean colours of the photograph's own brightnesses. The photograph is toned
    if next to no pixel is off the curve, and no channel falls along it.

    Args:
        picture: one photograph or the square of it that is edited, [1, 3, H, W] in [-1, 1].

    Raises:
        ShapeError: if it is not one picture of three channels.
    """
    if picture.ndim != 4 or picture.shape[0] != 1 or 0 in picture.shape:
        raise ShapeError(f"the tone of one picture [1, 3, H, W] is looked for, not of {list(picture.shape)}")
    height, width = picture.shape[-2:]
    picture = resize_area(picture, (min(height, _LOOKED_AT), min(width, _LOOKED_AT)))
    luma = _luma(picture)
    tone = _curve(picture, luma)
    if _close(picture - luma[:, None]):
        white = torch.tensor([-1.0, 1.0], device=picture.device)
        return Tone(white, white[:, None].repeat(1, 3))
    falls = (tone.colours[1:] - tone.colours[:-1]).amin() < -_FALLS
    if len(tone.levels) < _TONES + 2 or bool(falls):
        return None
    return tone if _close(picture - tone.of(picture)) else None


def _curve(picture: Tensor, luma: Tensor) -> Tone:
    """Mean colours by brightness, [K], from black to the brightest colour of the photograph's own hue.

    A faded print has no black: below its darkest level the curve goes on as it comes.
    """
    part = ((luma + 1) * (_LEVELS / 2)).long().clamp(0, _LEVELS - 1).flatten()
    known = torch.cat([luma[:, None], picture, torch.ones_like(luma)[:, None]], dim=1)[0].flatten(1).double()
    sums = known.new_zeros(5, _LEVELS).index_add_(1, part, known)
    sums = sums[:, sums[4] > _RARE * luma.numel()]
    means = (sums[:4] / sums[4]).to(picture)
    inside = means[:, means[0].abs() < 1]
    white = means.new_full((4, 1), 1.0)
    brightest = _brightest(inside[1:]) if inside.shape[1] else white
    higher = brightest[:, :1] if not inside.shape[1] or brightest[0] > inside[0, -1] + _STEP else white[:, :0]
    table = torch.cat([_darkest(inside), inside, higher], dim=1)
    return Tone(table[0], table[1:].T.contiguous())


def _brightest(colours: Tensor) -> Tensor:
    """Brightness and colour, [4, 1], at the end of ascending colours [3, K]: where one channel is full.

    On toned paper nothing is white: teeth that an edit adds are as brown as the paper. The colours go on in a
    line, as do highlights that are too few to be known; where few are known, in their hue.
    """
    last = colours[:, -1:]
    rise = (last - colours[:, -_TONES].unsqueeze(1)).clamp_min(0) if colours.shape[1] >= _TONES else last + 1
    full = last + rise * ((1 - last) / rise.clamp_min(1e-6)).amin()
    return torch.cat([_luma(full[None, :, :, None])[0], full])


def _darkest(known: Tensor) -> Tensor:
    """Brightness and colour, [4, 1], at the dark end of ascending levels [4, K]: they go on in a line."""
    if known.shape[1] < _TONES:
        return known.new_full((4, 1), -1.0)
    first, later = known[:, :1], known[:, _TONES - 1 : _TONES]
    end = (first + (first - later) * ((-1 - first[0]) / (first[0] - later[0]))).clamp(-1, 1)
    end[0] = -1
    return end


def _close(apart: Tensor) -> bool:
    """Whether differences to a curve, [1, 3, H, W], are those of a picture on it.

    A JPEG keeps colours at half the size: at edges they are off in both directions, and blocks are right.
    """
    off = F.avg_pool2d(apart, _BLOCK, ceil_mode=True).abs().amax(dim=1)
    few = all(bool((off > far).double().mean() <= part) for far, part in _OFF.items())
    return few and bool(off.mean() <= _MEAN_OFF)


def _luma(picture: Tensor) -> Tensor:
    """Brightness as the eye sees it, [B, H, W]."""
    if picture.ndim != 4 or picture.shape[1] != 3:
        raise ShapeError(f"expected [B, 3, H, W], got {list(picture.shape)}")
    return (picture * picture.new_tensor(_LUMA)[:, None, None]).sum(dim=1)
