"""A clip as a source: one face is followed, its latents found as one sequence, so that nothing flickers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import torch
from torch import Tensor

from .alignment import Aligning, Crop, Detector, Place, centred
from .alignment.track import follow_face, smoothed
from .bundle import Bundle
from .diffcam import AS_FOUND, MaskIs, MaskSettings, MaskShape
from .errors import FaceError, ShapeError
from .finding import detector_of
from .inversion import Inverter, drawn, inverter_of
from .modes import FAITHFUL, Mode, mode_of
from .pipeline import apply
from .results import Edit
from .sources import Inverted, Latents, check_edits, cut_for, tuned

LATENT_REACH = 6.0  # standard deviation of the weights with which latents are averaged, in frames


def edit_clip(
    frames: Iterable[Tensor],
    bundle: Bundle,
    edits: Mapping[str, float],
    mode: Mode | str = FAITHFUL,
    mask: Tensor | None = None,
    *,
    mask_is: MaskIs = "replace",
    face: str | int = "largest",
    align: Aligning = "auto",
    detector: Detector | None = None,
    refine: int = 0,
    tune: int = 0,
    directions: Mapping[str, Tensor] | None = None,
    shape: MaskShape = AS_FOUND,
    settings: MaskSettings | None = None,
) -> Iterator[Edit]:
    """Edit one face of a clip, frame by frame.

    Args:
        frames: pictures [1, 3, H, W] in [-1, 1] of one size, in their order; read four times, one picture
            held at a time: a list, or anything that begins anew whenever it is iterated.
        face: "largest", or a number, in the first frame that shows one; then it is followed.
        align: "never" edits the largest centred square of every frame; otherwise the face is followed. A
            bundle without a face frame edits the centred square.
        bundle, edits, mode, mask, mask_is, detector, refine, tune, directions, shape, settings: as
            `pipeline.edit`; the mask holds for every frame.

    Yields:
        Each frame's edit.

    Raises:
        NoFaceError: if no frame shows a face.
        FaceError: if all faces are asked for.
        ShapeError: if frames differ in size or there is none.
        Others as `pipeline.edit`.
    """
    check_edits(edits, bundle, directions or {})
    mode = mode_of(mode)
    if face == "all":
        raise FaceError("one face of a clip is followed, so face cannot be all; say largest or a number")
    places, cuts = _places(frames, bundle, face, align, detector)
    inverter = inverter_of(bundle.encoder, refine, tune)
    latents = _sequence(frames, places, cuts, bundle, inverter)
    for frame, place, codes in zip(frames, places, latents.split(1), strict=True):
        inverted = _inverted(Crop(frame.to(codes), place), bundle, codes, inverter)
        yield apply(Latents(inverted, edits, directions or {}), mode, mask, mask_is, shape, settings)


def _places(
    frames: Iterable[Tensor], bundle: Bundle, face: str | int, align: Aligning, detector: Detector | None
) -> tuple[list[Place], list[slice]]:
    if align == "always" and bundle.frame is None:
        raise FaceError("This bundle has no face frame to align faces to; use align auto or never.")
    if align != "never" and bundle.frame is not None:
        detector = detector or detector_of(bundle)
        places, cuts = follow_face(frames, bundle.frame, detector, face, bundle.resolution)
        return list(places), cuts
    squares: list[Place] = [centred(frame)[0].place for frame in frames]
    if not squares:
        raise ShapeError("a clip needs at least one frame")
    return squares, [slice(0, len(squares))]


@torch.no_grad()
def _sequence(
    frames: Iterable[Tensor], places: list[Place], cuts: list[slice], bundle: Bundle, inverter: Inverter
) -> Tensor:
    """w of every frame, averaged over neighbouring frames of the same shot, [T, L, D]."""
    latents = [
        inverter(cut_for(bundle, (Crop(frame, place),)), bundle.generator)
        for frame, place in zip(frames, places, strict=True)
    ]
    return smoothed(torch.cat(latents), LATENT_REACH, cuts)


@torch.no_grad()
def _inverted(crop: Crop, bundle: Bundle, latents: Tensor, inverter: Inverter) -> Inverted:
    original = cut_for(bundle, (crop,))
    tuning = tuned(inverter, original, latents, bundle)
    return Inverted(bundle, (crop,), original, latents, drawn(bundle.generator, latents, tuning), tuning)
