"""DiffCAM: from the reconstruction and the edited reconstruction to the mask of the edit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from ..errors import OodError, ShapeError
from ..images import resize_area
from .activation import differential_cam, paper_mask
from .mask import DEFAULT_SETTINGS, MaskSettings, faithful_mask
from .network import DifferentialClassifier

Mode = Literal["faithful", "paper"]


class DiffCam(NamedTuple):
    """What the stage found.

    Attributes:
        mask: [B,1,H,W] in [0,1] at the pictures' size; 1 takes the edit.
        evidence: [B,A,h,w], one non-negative map an attribute; all zero where an attribute has no class.
        scores: probability of each of the network's classes, [B,classes].
    """

    mask: Tensor
    evidence: Tensor
    scores: Tensor


@torch.no_grad()
def diffcam(
    reconstruction: Tensor,
    edited: Tensor,
    network: DifferentialClassifier,
    classes: Sequence[Sequence[int] | int | None] = (),
    signs: Sequence[float] | None = None,
    mode: Mode = "faithful",
    original: Tensor | None = None,
    settings: MaskSettings = DEFAULT_SETTINGS,
) -> DiffCam:
    """Find where an edit acts.

    Args:
        reconstruction: I' [B,3,H,W] in [-1,1].
        edited: T, of the same shape.
        network: in evaluation mode.
        classes: for each edited attribute the network's class: one for all samples, or one a sample. None
            where it has none: then |T − I'| alone decides (`faithful`), or the class the network itself
            names (`paper`).
        signs: for each attribute; negative looks for the evidence against the class. All positive by default,
            and in ``paper`` mode always: the published method knows no signs.
        mode: `faithful_mask` or `paper_mask`.
        original: I, of the same shape; used by `faithful` only.
        settings: used by `faithful` only.

    Returns:
        Mask, evidence and scores.

    Raises:
        ShapeError: if shapes differ, a class is unknown, or there is not one sign an attribute.
        OodError: if there is no such mode.
    """
    classes = classes or (None,)
    signs = [1.0] * len(classes) if signs is None or mode == "paper" else signs
    if len(signs) != len(classes):
        raise ShapeError(f"{len(classes)} attributes need as many signs, not {len(signs)}.")
    if mode not in ("faithful", "paper"):
        raise OodError(f"Unknown mode '{mode}'. Known: faithful, paper.")
    side = network.config.input_resolution
    features = network.features(resize_area(reconstruction, side), resize_area(edited, side))
    logits = network.classify(features)
    named = [logits.argmax(dim=1).tolist() if c is None and mode == "paper" else c for c in classes]
    maps = [_evidence(features, network.fc.weight, c, s) for c, s in zip(named, signs, strict=True)]
    evidence = torch.cat(maps, dim=1)
    if mode == "paper":
        mask = paper_mask(evidence, side, (edited.shape[-2], edited.shape[-1]))
    else:
        mask = faithful_mask(reconstruction, edited, evidence, original, settings)
    return DiffCam(mask, evidence, logits.softmax(dim=1))


def _evidence(features: Tensor, weight: Tensor, classes: Sequence[int] | int | None, sign: float) -> Tensor:
    count = features.shape[0]
    if classes is None:
        return torch.zeros_like(features[:, :1])
    each = [classes] * count if isinstance(classes, int) else classes
    return differential_cam(features, weight, each, [sign] * count)
