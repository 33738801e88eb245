"""DiffCAM: from the pictures before and after an edit to its mask, as published and as ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ..errors import ShapeError
from ..images import resize_area
from .activation import differential_cam, paper_mask
from .changes import Changes
from .mask import DEFAULT_SETTINGS, MaskSettings, faithful_mask, held_back
from .network import DifferentialClassifier

Classes = Sequence[Sequence[int] | int | None]
"""For each edited attribute the network's class: one for all samples, or one per sample. None where there is
none for it."""


class DiffCam(NamedTuple):
    """What the stage found.

    Attributes:
        mask: [B,1,H,W] in [0,1] at the pictures' size; 1 takes the edit.
        evidence: [B,A,h,w], one non-negative map per attribute; all zero where an attribute has no class.
            None without a network.
        scores: probability of each of the network's classes, [B,classes]. None without a network.
        held_back: share of the edit that was left out, [B] in [0,1]; see `mask.held_back`.
        changes: behind the mask of an edit that was made elsewhere; None otherwise.
    """

    mask: Tensor
    evidence: Tensor | None
    scores: Tensor | None
    held_back: Tensor
    changes: Changes | None = None


@torch.no_grad()
def faithful_diffcam(
    before: Tensor,
    after: Tensor,
    network: DifferentialClassifier | None = None,
    classes: Classes = (),
    signs: Sequence[float] | None = None,
    original: Tensor | None = None,
    settings: MaskSettings = DEFAULT_SETTINGS,
) -> DiffCam:
    """Find where an edit acts, on an absolute scale and along its own edges; see `faithful_mask`.

    Args:
        before, after: I' and T, [B,3,H,W] in [-1,1].
        network: in evaluation mode; None lets the change alone decide.
        classes: of the attributes that were edited; where one has no class, the change alone decides.
        signs: for each attribute; negative looks for the evidence against the class. All positive by default.
        original: I, of the same shape; what I' lacks of it stays outside of the mask.
        settings: the mask's scales.

    Raises:
        ShapeError: if shapes differ, a class is unknown, or there is not one sign per attribute.
    """
    evidence, scores = None, None
    if network is not None:
        evidence, scores = find_evidence(before, after, network, classes, signs)
    mask = faithful_mask(before, after, evidence, original, settings)
    left_out = mask.new_zeros(len(mask))
    if original is not None:
        left_out = held_back(original, before, after, settings)
    return DiffCam(mask, evidence, scores, left_out)


@torch.no_grad()
def paper_diffcam(
    before: Tensor, after: Tensor, network: DifferentialClassifier, classes: Classes = ()
) -> DiffCam:
    """Find where an edit acts as the published code does: always stretched to reach 1; see `paper_mask`.

    It knows no signs, and where an attribute has no class it takes the one that the network itself names.

    Args:
        before, after: I' and T, [B,3,H,W].
        network: in evaluation mode.
        classes: as `faithful_diffcam`.

    Raises:
        ShapeError: if shapes differ, or a class is unknown.
    """
    side = network.config.input_resolution
    evidence, scores = find_evidence(before, after, network, classes, naming=True)
    mask = paper_mask(evidence, side, (after.shape[-2], after.shape[-1]))
    return DiffCam(mask, evidence, scores, mask.new_zeros(len(mask)))


def find_evidence(
    before: Tensor,
    after: Tensor,
    network: DifferentialClassifier,
    classes: Classes = (),
    signs: Sequence[float] | None = None,
    naming: bool = False,
) -> tuple[Tensor, Tensor]:
    """Class evidence [B,A,h,w] and the classes' probabilities [B,classes]; arguments as `faithful_diffcam`.

    ``naming`` takes the class that the network itself names for an attribute without one.
    """
    classes = classes or (None,)
    signs = [1.0] * len(classes) if signs is None else signs
    if len(signs) != len(classes):
        raise ShapeError(f"{len(classes)} attributes need as many signs, not {len(signs)}.")
    side = network.config.input_resolution
    features = network.features(resize_area(before, side), resize_area(after, side))
    logits = network.classify(features)
    named = [logits.argmax(dim=1).tolist() if c is None and naming else c for c in classes]
    maps = [_evidence(features, network.fc.weight, c, s) for c, s in zip(named, signs, strict=True)]
    return torch.cat(maps, dim=1), logits.softmax(dim=1)


def _evidence(features: Tensor, weight: Tensor, classes: Sequence[int] | int | None, sign: float) -> Tensor:
    count = features.shape[0]
    if classes is None:
        return torch.zeros_like(features[:, :1])
    each = [classes] * count if isinstance(classes, int) else classes
    return differential_cam(features, weight, each, [sign] * count)
