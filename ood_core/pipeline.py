"""The five stages, top to bottom: the first file to read.

    photo ──Crop──▶ I ──Source──▶ Pair (I', T)     before and after the edit, as the editor sees them
    (I', T) ──DiffCAM──▶ mask M                    differential activation: what changed, beyond what drifted
    (I, I', T, M) ──Composite──▶ F                 the edit inside M, the photograph outside
    F ──Deghost──▶ result                          mode paper: a network separates ghost and image
    result ──Paste──▶ photo                        only the change travels back, to the photograph's own size

`apply` is that figure. Ways of editing differ in their crops and their source only: `edit` has the paper's
own, G(w) and G(w + Σ αᵢ·nᵢ); `keep` takes somebody else's T and brings it onto I; a clip's frames
(`clips.py`) are followed through time. What the methods decide differently lies in `modes.py`; each stage by
itself is in `stages.py`.

Song et al., "Editing Out-of-domain GAN Inversion via Differential Activations", ECCV 2022.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor

from .alignment import Aligning, Crop, Detector, Faceless, Faces, Frame, check_pictures, face_crops
from .alignment.faces import NO_FACE
from .bundle import Bundle
from .choosing import first_look, foretold
from .diffcam import AS_FOUND, MaskIs, MaskSettings, MaskShape
from .errors import FaceError, NoFaceError, ShapeError
from .finding import detector_of
from .inversion import ByDescent, ByTuning, Inverter, inverter_of
from .modes import FAITHFUL, KEEP, Mode, mode_of
from .progress import Progress, Steps
from .results import Deghosted, Edit, KeepResult, completed, joined
from .sources import Given, Inverted, Latents, Source, batches, check_edits, invert, taken_up
from .stages import composite, deghost, find_mask, paste

log = logging.getLogger(__name__)

STAGES = ("Invert", "LatentEdit", "DiffCAM", "Composite", "Deghost", "Paste")


def edit(
    picture: Tensor,
    bundle: Bundle,
    edits: Mapping[str, float],
    mode: Mode | str = FAITHFUL,
    mask: Tensor | None = None,
    *,
    mask_is: MaskIs = "replace",
    face: str | int = "largest",
    align: Aligning = "auto",
    faceless: Faceless = "stop",
    faces: Sequence[Faces] | None = None,
    detector: Detector | None = None,
    refine: int = 0,
    tune: int = 0,
    directions: Mapping[str, Tensor] | None = None,
    shape: MaskShape = AS_FOUND,
    settings: MaskSettings | None = None,
    progress: Progress | None = None,
) -> Edit:
    """Edit attributes of the people in a picture.

    Args:
        picture: [B, 3, H, W] in [-1, 1], any size.
        bundle: networks and directions.
        edits: attribute → signed strength; 1.0 is the bundle's default edit of that attribute.
        mode: `FAITHFUL` keeps every pixel outside the mask; `PAPER` is the published method. Or its name.
        mask: of the user's own, [B, 1, H, W] or [1, 1, H, W] in [0, 1].
        mask_is: what it means: it replaces DiffCAM's, or limits it, or adds to it, or is subtracted from it.
        face: which faces of each picture: "largest", "all", or a number from 0, the surest.
        align: "never" edits the largest centred square as it is; "always" turns and scales every face into
            the bundle's frame; "auto" does so unless the face lies in the centred square as the frame wants.
            A bundle without a frame edits the centred square.
        faceless: what becomes of a picture without a face: "stop" raises, "keep" leaves it as it is, "centre"
            edits its largest centred square.
        faces: of each picture, where they are known; else they are looked for.
        detector: finds them; None for `finding.detector_of` the bundle.
        refine: steps by which descent brings the inversion closer; 0 takes the encoder's word.
        tune: steps by which the generator is then tuned to the picture; 0 leaves it as it is.
        directions: name → the edit of strength 1, [L, D], for names that the bundle lacks.
        shape: what is done to the mask once it is found.
        settings: the faithful mask's scales; None for the bundle's.
        progress: told before each stage.

    Returns:
        The result and every stage's picture, on the bundle's device.

    Raises:
        AttributeNameError: if bundle and directions lack one of the attributes.
        StrengthError: if a strength is not a finite number, or far out of range.
        NoFaceError: if a picture shows no face; it can still be edited with ``align="never"``.
        FaceError: if there is no such face.
        ShapeError: if picture or mask have another shape.
        ImageError: if picture or mask hold NaN or infinity.
    """
    check_edits(edits, bundle, directions or {})
    if mask is not None and len(mask) not in (1, len(picture)):
        raise ShapeError(f"{len(picture)} pictures need one mask or as many, not {len(mask)}.")
    inverter = inverter_of(bundle.encoder, refine, tune)
    crops = find_crops(picture, bundle, face, align, faces, detector, faceless)
    seen = first_look(crops, bundle)
    for number, text in foretold(seen).items():
        log.warning("picture %d: %s", number, text)
    how = (mode, mask, mask_is, inverter, directions, shape, settings, progress, seen)
    return completed(edit_crops(crops, bundle, edits, *how), picture)


def find_crops(
    pictures: Tensor,
    bundle: Bundle | None,
    face: str | int = "largest",
    align: Aligning = "auto",
    faces: Sequence[Faces] | None = None,
    detector: Detector | None = None,
    faceless: Faceless = "stop",
) -> tuple[Crop, ...]:
    """The squares of pictures that a bundle edits; see `edit` for the arguments.

    Without a bundle faces are found as in photographs, and cut out as FFHQ shows them.

    Raises:
        NoFaceError: naming the picture, where there are several; or if none of them has a face.
        FaceError: if there is no such face.
        ShapeError, ImageError: if these are no pictures, or faces are not given for each.
    """
    check_pictures(pictures)
    frame = Frame() if bundle is None else bundle.frame
    if bundle is not None:
        pictures = pictures.to(bundle.generator.mapping.w_avg)
    if faces is not None and len(faces) != len(pictures):
        raise ShapeError(f"Faces of {len(faces)} pictures were given for {len(pictures)}; give as many.")
    seeking = align != "never" and frame is not None
    if faces is None and seeking:
        detector = detector or detector_of(bundle)
    crops: list[Crop] = []
    for number, picture in enumerate(pictures.split(1)):
        found = None if faces is None else faces[number]
        if found is None and detector is not None and seeking:
            found = detector(picture)
        try:
            crops += face_crops(picture, frame, found, face, align, number)
        except FaceError as error:
            none = isinstance(error, NoFaceError)
            if none and faceless == "centre":
                crops += face_crops(picture, frame, None, align="never", number=number)
            elif not none or faceless != "keep":
                where = f"Picture {number}: " if len(pictures) > 1 else ""
                raise type(error)(f"{where}{error}") from error
    if not crops:
        raise NoFaceError(NO_FACE)
    return tuple(crops)


def edit_crops(
    crops: Sequence[Crop],
    bundle: Bundle,
    edits: Mapping[str, float],
    mode: Mode | str = FAITHFUL,
    mask: Tensor | None = None,
    mask_is: MaskIs = "replace",
    inverter: Inverter | None = None,
    directions: Mapping[str, Tensor] | None = None,
    shape: MaskShape = AS_FOUND,
    settings: MaskSettings | None = None,
    progress: Progress | None = None,
    seen: Inverted | None = None,
) -> Edit:
    """Edit crops of pictures of any sizes together; see `edit` for the arguments.

    ``seen`` is `first_look` at these crops: it is the inversion, unless the inverter refines or tunes it.
    """
    mode = mode_of(mode)
    check_edits(edits, bundle, directions or {})
    steps = Steps(progress, 5 * len(batches(len(crops), bundle.resolution)) + 1)
    if seen is None or isinstance(inverter, ByDescent | ByTuning):
        inverted = invert(crops, bundle, inverter, steps)
    else:
        inverted = taken_up(seen, crops, steps)
    source = Latents(inverted, edits, directions or {})
    return apply(source, mode, mask, mask_is, shape, settings, steps)


def edit_inverted(
    inverted: Inverted,
    edits: Mapping[str, float],
    mode: Mode | str = FAITHFUL,
    mask: Tensor | None = None,
    *,
    mask_is: MaskIs = "replace",
    directions: Mapping[str, Tensor] | None = None,
    shape: MaskShape = AS_FOUND,
    settings: MaskSettings | None = None,
    progress: Progress | None = None,
) -> Edit:
    """Everything after inversion; see `edit` for the arguments."""
    source = Latents(inverted, edits, directions or {})
    return apply(source, mode, mask, mask_is, shape, settings, progress)


@torch.no_grad()
def keep(
    original: Tensor,
    edited: Tensor,
    mask: Tensor | None = None,
    mask_is: MaskIs = "limit",
    reference: Tensor | None = None,
    *,
    shape: MaskShape = AS_FOUND,
    progress: Progress | None = None,
) -> KeepResult:
    """Put somebody else's edit back into the original and keep every other pixel.

    Args:
        original: I, [B, 3, H, W] in [-1, 1]; one may serve many edits.
        edited: T, what any editor made of it, [B, 3, H', W'], of any size.
        mask: of the user's own, [B, 1, H, W] or [1, 1, H, W] in [0, 1].
        mask_is: "limit" takes changes only inside it, "replace" takes it as it is, "add" takes it and the
            changes, "subtract" takes changes only outside of it.
        reference: the editor's no-op pass of the original, or what its autoencoder makes of it: what T shares
            with it is drift.
        shape: what is done to the mask once it is found.
        progress: told before each stage.

    Raises:
        ShapeError: if the pictures, batches or masks do not fit together.
        ImageError: if a picture or mask holds NaN or infinity.
        OodError: if ``mask_is`` is unknown.
    """
    source = Given(original, edited, reference)
    steps = Steps(progress, 4 * len(source) + 1)
    parts = stages_of(source, KEEP, mask, mask_is, shape, None, steps)
    kept = tuple(paste(part, mask) for part in parts)
    steps.end()
    return KeepResult(kept)


def apply(
    source: Source,
    mode: Mode | str = FAITHFUL,
    mask: Tensor | None = None,
    mask_is: MaskIs = "replace",
    shape: MaskShape = AS_FOUND,
    settings: MaskSettings | None = None,
    progress: Progress | Steps | None = None,
) -> Edit:
    """The figure: from the pictures before and after an edit to the photograph with only the edit in it.

    Args:
        source: of the pairs (I', T).
        mode: the method's four decisions.
        mask: of the user's own, [P, 1, H, W] or [1, 1, H, W] in [0, 1] for P pictures.
        mask_is: what it means.
        shape: what is done to the mask once it is found.
        settings: the mask's scales; None for the bundle's.
        progress: told before each stage.

    Returns:
        The result and every stage's picture.

    Raises:
        ShapeError, ImageError: if the mask does not fit the pictures.
        OodError: if the mode needs a network that is not there.
    """
    steps = Steps.of(progress, 4 * len(source) + 1)
    parts = list(stages_of(source, mode_of(mode), mask, mask_is, shape, settings, steps))
    steps.begin("Paste")
    result = paste(joined(parts), mask)
    steps.end()
    return result


def stages_of(
    source: Source,
    mode: Mode,
    mask: Tensor | None,
    mask_is: MaskIs,
    shape: MaskShape,
    settings: MaskSettings | None,
    steps: Steps,
) -> Iterator[Deghosted]:
    """The stages between source and pasting, pair by pair; see `apply` for the arguments."""
    for pair in source.pairs(steps):
        steps.begin("DiffCAM")
        masked = find_mask(pair, mode, mask, mask_is, shape, settings)
        steps.begin("Composite")
        composed = composite(masked)
        steps.begin("Deghost")
        yield deghost(composed)
