"""What is compared: ways to put an edit back into its original, and bounds that know the truth."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ...files.levels import from_uint8, to_uint8
from ...images import resize_bicubic
from .pairs import KeepPair
from .rivals import Pasted, homography, lab_threshold
from .view import pixel_centres, sample_at

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_RESET_PEAK = "5"  # proc(5)
_FIRST_CENTRE = 0.5  # a registration counts from the middle of the first pixel, the truth from its corner


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a method made of a pair, and what it cost.

    Attributes:
        made: the picture at I's size, of 8 bits, its mask, and its map from I to T where it has one.
        seconds: of CPU; None for what needs the truth.
        mebibytes: of memory at its peak beyond what was there before; None where the system does not tell.
    """

    made: Pasted
    seconds: float | None
    mebibytes: float | None


def editor(pair: KeepPair) -> Pasted:
    """T as it is, brought to I's size."""
    original = pair.true.original
    return Pasted(_full_size(pair), torch.ones_like(original[:, :1]), _resized_flow(pair))


def keep(pair: KeepPair) -> Pasted:
    """Ours, told nothing."""
    return _kept(pair, None)


def keep_with_reference(pair: KeepPair) -> Pasted:
    """Ours, given the editor's no-op pass of the same picture."""
    return _kept(pair, pair.drifted.reference)


def true_mask(pair: KeepPair) -> Pasted:
    """T at I's size, where the true edit is seen."""
    return _through_true_mask(pair, _full_size(pair), _resized_flow(pair))


def true_mask_registered(pair: KeepPair) -> Pasted:
    """T exactly in place, where the true edit is seen; its colours as they are."""
    flow = pair.drifted.flow
    registered = sample_at((pair.drifted.edited + 1) / 2, flow) * 2 - 1
    return _through_true_mask(pair, registered, flow)


def bound(pair: KeepPair) -> Pasted:
    """T but for its changes of colour, exactly in place, where the true edit is seen and T shows it."""
    return _through_true_mask(pair, pair.drifted.bound, pair.drifted.flow)


METHODS: dict[str, Callable[[KeepPair], Pasted]] = {
    "editor": editor,
    "lab-threshold": lambda pair: lab_threshold(pair.true.original, pair.drifted.edited),
    "homography": lambda pair: homography(pair.true.original, pair.drifted.edited),
    "keep": keep,
    "keep-reference": keep_with_reference,
    "true-mask": true_mask,
    "true-mask-registered": true_mask_registered,
    "bound": bound,
}
NEEDS_NO_OP = "keep-reference"
TOLD_THE_TRUTH = ("true-mask", "true-mask-registered", "bound")


@torch.no_grad()
def run_method(name: str, pair: KeepPair) -> Outcome:
    """Run one of ``METHODS`` and measure what it costs; the picture is rounded to 8 bits, as a file would."""
    before = _peak(reset=True)
    start = time.process_time()
    made = METHODS[name](pair)
    seconds = time.process_time() - start
    after = _peak()
    rounded = Pasted(from_uint8(to_uint8(made.picture)), made.mask, made.flow)
    if name in TOLD_THE_TRUTH:
        return Outcome(rounded, None, None)
    return Outcome(rounded, seconds, None if before is None or after is None else after - before)


def _kept(pair: KeepPair, reference: Tensor | None) -> Pasted:
    from ...pipeline import keep as put_back

    kept = put_back(pair.true.original, pair.drifted.edited, reference=reference)
    return Pasted(kept.result, kept.mask, kept.registration.flow + _FIRST_CENTRE)


def _full_size(pair: KeepPair) -> Tensor:
    size = pair.true.original.shape[-2:]
    edited = pair.drifted.edited
    return edited if edited.shape[-2:] == size else resize_bicubic(edited, (size[0], size[1]))


def _resized_flow(pair: KeepPair) -> Tensor:
    return plain_flow(pair.true.original, pair.drifted.edited)


def plain_flow(original: Tensor, edited: Tensor) -> Tensor:
    """The map of mere resizing, [1, 2, H, W]: what doing nothing about drift comes to."""
    (height, width), (new_height, new_width) = original.shape[-2:], edited.shape[-2:]
    scale = torch.tensor([new_width / width, new_height / height]).view(1, 2, 1, 1)
    return pixel_centres(height, width) * scale


def _through_true_mask(pair: KeepPair, picture: Tensor, flow: Tensor) -> Pasted:
    inside = (pair.true.mask > 0) & pair.drifted.covered
    return Pasted(torch.where(inside, picture, pair.true.original), pair.true.mask, flow)


def _peak(reset: bool = False) -> float | None:
    """Most memory of this process since the last reset, in MiB; where Linux tells, else None."""
    try:
        if reset:
            _CLEAR.write_text(_RESET_PEAK)
        lines = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines() if ":" in line)
        return int(lines["VmHWM"].split()[0]) / 1024
    except (OSError, KeyError, ValueError):
        return None
