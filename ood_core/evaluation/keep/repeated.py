"""Ten edits in a row: what is left of the parts that nobody asked to be edited."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...diffcam.filters import dilate
from .drifts import DRIFTS, EDITOR, drift
from .edits import make_edit
from .face_frame import face_frame, guessed_landmarks
from .methods import run_method
from .metrics import LUMA, MARGIN
from .pairs import KeepPair, PairSource
from .photograph import Photograph

ROUNDS = 10

_ADDED = ("sticker", "text", "glasses", "sticker", "text")  # what is asked for, round after round
_WINDOW = 8  # pixels: beyond them SSIM's window does not see a touched pixel


@torch.no_grad()
def repeated_edits(
    source: PairSource, seed: int, methods: Sequence[str], rounds: int = ROUNDS
) -> dict[str, float | None]:
    """SSIM of the untouched part after edit upon edit, each put back by a method before the next.

    Args:
        source: gives the first picture, and says which drifts there are.
        seed: of edits and drifts; all methods meet the same.
        methods: of `methods.METHODS`; those that are told the truth show nothing and are left out by callers.
        rounds: how many edits.

    Returns:
        Method → mean SSIM (Wang et al. 2004) of the luma where none of the edits was seen; None where none
        was left.
    """
    return {name: _chain(source, seed, name, rounds) for name in methods}


def _chain(source: PairSource, seed: int, method: str, rounds: int) -> float | None:
    first = source.draw(seed, 0).true.original
    height, width = first.shape[-2:]
    frame = face_frame(guessed_landmarks(height, width), height, width)
    random = torch.Generator().manual_seed(seed)
    names = [name for name, kind in DRIFTS.items() if kind.family == EDITOR and source.shows(kind.held_out)]
    current, touched = first, torch.zeros_like(first[:, :1])
    for turn in range(rounds):
        true = make_edit(_ADDED[turn % len(_ADDED)], Photograph(current, frame), random)
        kind = names[turn % len(names)]
        pair = KeepPair("repeated", kind, true, drift(kind, true, random, source.autoencoder, source.no_op))
        touched = torch.maximum(touched, (true.mask > 0).float())
        current = run_method(method, pair).made.picture
    return untouched_ssim(current, first, touched)


def untouched_ssim(picture: Tensor, original: Tensor, touched: Tensor) -> float | None:
    """Mean SSIM of luma, away from what was touched; None if that is everywhere.

    Args:
        picture, original: [1, 3, H, W] in [-1, 1].
        touched: [1, 1, H, W] in [0, 1].
    """
    from torchmetrics.functional.image import structural_similarity_index_measure

    counts = dilate(touched, MARGIN + _WINDOW) == 0
    if not bool(counts.any()):
        return None
    luma = picture.new_tensor(LUMA).view(1, 3, 1, 1)
    before, after = ((one * luma).sum(1, keepdim=True) for one in (original, picture))
    _, similarity = structural_similarity_index_measure(after, before, data_range=2.0, return_full_image=True)
    return float(similarity[counts].double().mean())
