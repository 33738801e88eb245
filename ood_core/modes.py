"""What distinguishes the published method from ours: four decisions, and nothing else.

To add a mode, write the four functions and list it in `MODES`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .alignment.crop import Crop
from .composition import composite, composite_matched, paste_edit_into, paste_mask, paste_square
from .deghosting import deghost, deghost_band
from .diffcam import DiffCam, MaskSettings, faithful_diffcam, paper_diffcam
from .errors import OodError
from .images import resize_area, resize_bicubic
from .sources import Pair


@dataclass(frozen=True, eq=False)
class Squares:
    """What a mode pastes into one picture.

    Attributes:
        crops: where, n of them, all of one picture.
        original: I, [n, 3, h, w].
        result: the edited crops, [n, 3, h', w'].
        mask: M, [n, 1, h, w].
        own: the user's own mask of the whole picture, [1, 1, H, W], or None.
    """

    crops: Sequence[Crop]
    original: Tensor
    result: Tensor
    mask: Tensor
    own: Tensor | None


@dataclass(frozen=True, eq=False)
class Mode:
    """Four decisions.

    Attributes:
        name: what users call it.
        mask: where the edit acts.
        blend: the coarse composite of a pair through a mask.
        clean: what deghosting makes of the composite: from the pair, F and M.
        paste: the picture with its edited crops, [1, 3, H, W], and where it changed, [1, 1, H, W].
        keeps: whether every pixel outside of that is the picture's own.
    """

    name: str
    mask: Callable[[Pair, MaskSettings], DiffCam]
    blend: Callable[[Pair, Tensor], Tensor]
    clean: Callable[[Pair, Tensor, Tensor], Tensor]
    paste: Callable[[Tensor, Squares], tuple[Tensor, Tensor]]
    keeps: bool


def _faithful_mask(pair: Pair, settings: MaskSettings) -> DiffCam:
    network = None if pair.bundle is None else pair.bundle.diffcam
    classes = [attribute.diffcam_class for attribute in pair.attributes]
    signs = [attribute.sign for attribute in pair.attributes] or None
    return faithful_diffcam(*_shown(pair), network, classes, signs, pair.original, settings)


def _faithful_blend(pair: Pair, mask: Tensor) -> Tensor:
    before, after = _shown(pair)
    return composite_matched(pair.original, before, after, mask)


def _faithful_clean(pair: Pair, coarse: Tensor, mask: Tensor) -> Tensor:
    network = None if pair.bundle is None else pair.bundle.deghoster
    if network is None or not is_square(coarse):
        return coarse
    small = resize_area(coarse, network.config.generator.resolution)
    change = resize_bicubic(deghost(small, network) - small, (coarse.shape[-2], coarse.shape[-1]))
    return deghost_band(coarse, coarse + change, mask, network.config.in_resolution).clamp(-1, 1)


def _faithful_paste(picture: Tensor, squares: Squares) -> tuple[Tensor, Tensor]:
    result, changed = picture.clone(), _nothing(picture)
    for index, crop in enumerate(squares.crops):
        one = slice(index, index + 1)
        square = (squares.original[one], squares.result[one], squares.mask[one])
        paste_edit_into(result, changed, crop.place, *square)
    if squares.own is None:
        return result, changed
    return torch.where(squares.own > 0, result, picture), squares.own


def _paper_mask(pair: Pair, settings: MaskSettings) -> DiffCam:
    if pair.bundle is None or pair.bundle.diffcam is None:
        raise OodError("The published mask needs a classifier, and there is none here; use mode faithful.")
    classes = [attribute.diffcam_class for attribute in pair.attributes]
    return paper_diffcam(pair.before, pair.after, pair.bundle.diffcam, classes)


def _paper_blend(pair: Pair, mask: Tensor) -> Tensor:
    return composite(pair.original, pair.after, mask)


def _paper_clean(pair: Pair, coarse: Tensor, mask: Tensor) -> Tensor:
    if pair.bundle is None or pair.bundle.deghoster is None:
        raise OodError(
            "The published method ends with a deghosting network, and there is none here; use mode faithful."
        )
    height, width = coarse.shape[-2:]
    if height != width:
        raise OodError(
            f"The published deghosting network draws squares, and this crop is {width}×{height}: cut a "
            "square with Align Face, or use mode faithful."
        )
    network = pair.bundle.deghoster
    return deghost(resize_area(coarse, network.config.generator.resolution), network)


def _paper_paste(picture: Tensor, squares: Squares) -> tuple[Tensor, Tensor]:
    result, changed = picture, _nothing(picture)
    for index, crop in enumerate(squares.crops):
        one = slice(index, index + 1)
        result = paste_square(result, squares.result[one], crop.place)
        mask = paste_mask(squares.mask[one], crop.place, crop.picture_size)
        changed = torch.maximum(changed, mask)
    return result, changed if squares.own is None else squares.own


def is_square(pictures: Tensor) -> bool:
    """Whether [B, C, H, W] has as many rows as columns, which is what deghosting networks draw."""
    return pictures.shape[-2] == pictures.shape[-1]


def _shown(pair: Pair) -> tuple[Tensor, Tensor]:
    """I' and T as pictures show them: a generator oversteps their range, and what none shows is no edit."""
    return pair.before.clamp(-1, 1), pair.after.clamp(-1, 1)


def _nothing(picture: Tensor) -> Tensor:
    return picture.new_zeros(len(picture), 1, *picture.shape[2:])


FAITHFUL = Mode("faithful", _faithful_mask, _faithful_blend, _faithful_clean, _faithful_paste, keeps=True)
"""Every pixel outside the mask is the input's own, at the input's own resolution."""

PAPER = Mode("paper", _paper_mask, _paper_blend, _paper_clean, _paper_paste, keeps=False)
"""What was published, number by number."""

MODES = {mode.name: mode for mode in (FAITHFUL, PAPER)}


def mode_of(mode: Mode | str) -> Mode:
    """A mode by its name, or itself.

    Raises:
        OodError: if there is none of that name.
    """
    if isinstance(mode, Mode):
        return mode
    if mode not in MODES:
        raise OodError(f"There is no mode '{mode}'. Known: {', '.join(MODES)}.")
    return MODES[mode]
