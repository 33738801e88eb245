"""What distinguishes the published method from ours: four decisions, and nothing else.

To add a mode, write the four functions and list it in `MODES`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .alignment.crop import Crop
from .composition import composite, composite_matched, paste_edit_into, paste_mask, paste_square
from .composition.kept import finish, full_size, matte, put_back
from .decomposition import decompose
from .decomposition import held_back as share_held_back
from .deghosting import deghost, deghost_band
from .diffcam import (
    Changes,
    DiffCam,
    MaskSettings,
    faithful_diffcam,
    find_changes,
    find_evidence,
    paper_diffcam,
)
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
        allowed: where the user lets the picture change, [1, 1, H, W] in [0, 1]; None for anywhere.
        exactly: whether that is the mask itself.
    """

    crops: Sequence[Crop]
    original: Tensor
    result: Tensor
    mask: Tensor
    allowed: Tensor | None
    exactly: bool = True


@dataclass(frozen=True, eq=False)
class Mode:
    """Four decisions.

    Attributes:
        name: what users call it.
        mask: where the edit acts; settings are the scales of a mask that is measured, None for the usual way.
        blend: the coarse composite of a pair, from what was found and the mask that was made of it.
        clean: what deghosting makes of the composite: from the pair, F and M.
        paste: the picture with its edited crops, [1, 3, H, W], and where it changed, [1, 1, H, W].
        keeps: whether every pixel outside of that is the picture's own.
    """

    name: str
    mask: Callable[[Pair, MaskSettings | None], DiffCam]
    blend: Callable[[Pair, DiffCam, Tensor], Tensor]
    clean: Callable[[Pair, Tensor, Tensor], Tensor]
    paste: Callable[[Tensor, Squares], tuple[Tensor, Tensor]]
    keeps: bool


def _faithful_mask(pair: Pair, settings: MaskSettings | None) -> DiffCam:
    """By the bundle's decomposer, where it has one that knows this pair, and unless somebody sets scales."""
    bundle = pair.bundle
    network = None if bundle is None else bundle.diffcam
    classes = [attribute.diffcam_class for attribute in pair.attributes]
    signs = [attribute.sign for attribute in pair.attributes] or None
    before, after = _shown(pair)
    if bundle is None or bundle.decomposer is None or settings is not None or not pair.attributes:
        settings = settings or (MaskSettings() if bundle is None else bundle.mask_settings)
        return faithful_diffcam(before, after, network, classes, signs, pair.original, settings)
    evidence, scores = None, None
    if network is not None:
        evidence, scores = find_evidence(before, after, network, classes, signs)
    found = decompose(pair.original, before, after, evidence, bundle.decomposer)
    left_out = share_held_back(found, before, after)
    return DiffCam(found.mask, evidence, scores, left_out)


def _faithful_blend(pair: Pair, found: DiffCam, mask: Tensor) -> Tensor:
    before, after = _shown(pair)
    return composite_matched(pair.original, before, after, mask)


def _band_clean(pair: Pair, coarse: Tensor, mask: Tensor) -> Tensor:
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
    if squares.allowed is None:
        return result, changed
    inside = squares.allowed > 0
    changed = squares.allowed if squares.exactly else torch.where(inside, changed, 0)
    return torch.where(inside, result, picture), changed


def _paper_mask(pair: Pair, settings: MaskSettings | None) -> DiffCam:
    if pair.bundle is None or pair.bundle.diffcam is None:
        raise OodError("The published mask needs a classifier, and there is none here; use mode faithful.")
    classes = [attribute.diffcam_class for attribute in pair.attributes]
    return paper_diffcam(pair.before, pair.after, pair.bundle.diffcam, classes)


def _paper_blend(pair: Pair, found: DiffCam, mask: Tensor) -> Tensor:
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
    return result, squares.allowed if squares.allowed is not None and squares.exactly else changed


def _keep_mask(pair: Pair, settings: MaskSettings | None) -> DiffCam:
    if pair.registration is None:
        raise OodError("Mode keep is for edits made elsewhere; use faithful or paper for a generator's.")
    changes = pair.changes or find_changes(pair.registration, pair.reference)
    mask = full_size(_matte(changes), (pair.original.shape[-2], pair.original.shape[-1]))
    return DiffCam(mask, None, None, mask.new_zeros(1), changes)


def _keep_blend(pair: Pair, found: DiffCam, mask: Tensor) -> Tensor:
    changes = found.changes
    assert changes is not None
    fit = finish(changes.registration, _matte(changes), changes.evidence.softness)
    return put_back(changes.registration, mask, fit)


def _as_composed(pair: Pair, coarse: Tensor, mask: Tensor) -> Tensor:
    return coarse


def _matte(changes: Changes) -> Tensor:
    return matte(changes.mask, changes.registration.reached)


def is_square(pictures: Tensor) -> bool:
    """Whether [B, C, H, W] has as many rows as columns, which is what deghosting networks draw."""
    return pictures.shape[-2] == pictures.shape[-1]


def _shown(pair: Pair) -> tuple[Tensor, Tensor]:
    """I' and T as pictures show them: a generator oversteps their range, and what none shows is no edit."""
    return pair.before.clamp(-1, 1), pair.after.clamp(-1, 1)


def _nothing(picture: Tensor) -> Tensor:
    return picture.new_zeros(len(picture), 1, *picture.shape[2:])


FAITHFUL = Mode("faithful", _faithful_mask, _faithful_blend, _as_composed, _faithful_paste, keeps=True)
"""Every pixel outside the mask is the input's own, at the input's own resolution."""

GIVEN_COMPOSITE = replace(FAITHFUL, name="given composite", clean=_band_clean)
"""For composites made elsewhere: the published network cleans the rim, for nothing else is known of them."""

PAPER = Mode("paper", _paper_mask, _paper_blend, _paper_clean, _paper_paste, keeps=False)
"""What was published, number by number."""

KEEP = Mode("keep", _keep_mask, _keep_blend, _as_composed, _faithful_paste, keeps=True)
"""For edits made elsewhere: what changed beyond drift, put back without a seam."""

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
