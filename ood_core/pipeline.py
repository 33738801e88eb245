"""The five stages, top to bottom: the first file to read.

    photo ──Align──▶ I                     the square of the face, upright; by default the centred one
    I ──Invert──▶ latents w ──LatentEdit──▶ w + Σ αᵢ·nᵢ
        I' = G(w)               T = G(w + Σ αᵢ·nᵢ)
    (I', T) ──DiffCAM──▶ mask M            where the attribute appeared or vanished
    (I, T, M) ──Composite──▶ F             the edit inside the mask, the photograph outside
    F ──Deghost──▶ result                  the GAN prior separates the ghost from the image
    result ──Paste──▶ photo                only the change travels back, to the photograph's own size

`photographs.py` finds the faces of a photograph, several of them if need be, for this line.
Song et al., "Editing Out-of-domain GAN Inversion via Differential Activations", ECCV 2022.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from .alignment import Alignment, align, box_alignment
from .bundle import Bundle
from .composition import composite, composite_matched, paste_edit, paste_mask, paste_square
from .deghosting import deghost, deghost_band
from .diffcam import DiffCam, diffcam
from .diffcam.stage import Mode
from .editing import checked_strengths, latent_edit
from .errors import ShapeError, StrengthError
from .images import centre_square, check_finite
from .inversion import invert

Progress = Callable[[int, int, str], None]
"""Called as (done, total, what comes next)."""

STAGES = ("Invert", "LatentEdit", "DiffCAM", "Composite", "Deghost")


@dataclass(frozen=True, eq=False)
class Inverted:
    """A picture and its latents: the expensive step, to be edited any number of times.

    Attributes:
        picture: the input, [B, 3, H, W] in [-1, 1].
        alignment: the square of it that is edited.
        original: I, that square at the bundle's resolution R, [B, 3, R, R].
        latents: w, [B, L, D].
        reconstruction: I' = G(w), [B, 3, R, R].
    """

    picture: Tensor
    alignment: Alignment
    original: Tensor
    latents: Tensor
    reconstruction: Tensor


@dataclass(frozen=True, eq=False)
class EditResult:
    """Every stage's picture.

    Attributes:
        original: the input as it came, [B, 3, H, W] in [-1, 1].
        reconstruction: I' at the bundle's resolution, [B, 3, R, R].
        edited: T, what the GAN alone makes of the edit, [B, 3, R, R].
        mask: where the result differs from the input, [B, 1, H, W] in [0, 1].
        coarse: F, the composite before deghosting, [B, 3, R, R].
        final: the result, [B, 3, H, W]; in ``faithful`` mode the input's own bits wherever ``mask`` is 0.
        scores: attribute → probability [B] that the classifier gives to that attribute having changed.
    """

    original: Tensor
    reconstruction: Tensor
    edited: Tensor
    mask: Tensor
    coarse: Tensor
    final: Tensor
    scores: Mapping[str, Tensor]


def edit(
    image: Tensor,
    bundle: Bundle,
    edits: Mapping[str, float],
    mode: Mode = "faithful",
    mask: Tensor | None = None,
    progress: Progress | None = None,
    alignment: Alignment | None = None,
) -> EditResult:
    """Edit attributes of a picture.

    Args:
        image: [B, 3, H, W] in [-1, 1], any size.
        bundle: networks and directions.
        edits: attribute → signed strength; 1.0 is the bundle's default edit of that attribute.
        mode: ``faithful`` keeps every pixel outside the mask; ``paper`` is the published method.
        mask: [B, 1, H, W] in [0, 1], used instead of DiffCAM's.
        progress: told before each stage.
        alignment: the square that is edited; None for the largest centred one.

    Returns:
        Result and intermediate pictures, on the bundle's device.

    Raises:
        AttributeNameError: if the bundle lacks one of the attributes.
        StrengthError: if a strength is not a finite number.
        ShapeError: if image or mask have another shape.
        ImageError: if image or mask hold NaN or infinity.
    """
    checked_strengths(edits, bundle.attributes)
    _report(progress, 0)
    inverted = invert_picture(image, bundle, alignment)
    return edit_inverted(inverted, bundle, edits, mode, mask, progress)


@torch.no_grad()
def invert_picture(image: Tensor, bundle: Bundle, alignment: Alignment | None = None) -> Inverted:
    """Invert a square of a picture; see `edit` for the arguments."""
    if image.ndim != 4 or image.shape[1] != 3 or 0 in image.shape:
        raise ShapeError(f"A picture must be [B, 3, H, W] in [-1, 1], not {list(image.shape)}.")
    check_finite(image)
    picture = image.to(bundle.generator.mapping.w_avg)
    if alignment is None:
        alignment = box_alignment(centre_square(picture)[1], (picture.shape[-2], picture.shape[-1]))
    original = align(picture, alignment, bundle.resolution)
    generator = bundle.generator
    latents = invert(original, bundle.encoder, generator.mapping.w_avg, generator.synthesis)
    return Inverted(picture, alignment, original, latents, generator.synthesis(latents))


@torch.no_grad()
def edit_inverted(
    inverted: Inverted,
    bundle: Bundle,
    edits: Mapping[str, float],
    mode: Mode = "faithful",
    mask: Tensor | None = None,
    progress: Progress | None = None,
) -> EditResult:
    """The four stages after inversion; see `edit` for the arguments."""
    wanted = None if mask is None else _own_mask(mask, inverted)

    _report(progress, 1)
    directions = bundle.attribute_directions
    latents = latent_edit(inverted.latents, directions, edits, bundle.default_strengths)
    original, reconstruction = inverted.original, inverted.reconstruction
    edited = bundle.generator.synthesis(latents)
    if not bool(torch.isfinite(edited).all()):
        raise StrengthError(f"These strengths are beyond what numbers can hold: {dict(edits)}; use less.")
    if mode == "faithful":  # a generator oversteps the range of pictures; what no picture shows is no edit
        reconstruction, edited = reconstruction.clamp(-1, 1), edited.clamp(-1, 1)

    _report(progress, 2)
    found = _find_mask(original, reconstruction, edited, bundle, edits, mode)
    small_mask = found.mask if wanted is None else align(wanted, inverted.alignment, bundle.resolution)

    _report(progress, 3)
    if mode == "faithful":
        coarse = composite_matched(original, reconstruction, edited, small_mask)
    else:
        coarse = composite(original, edited, small_mask)

    _report(progress, 4)
    result = deghost(coarse, bundle.deghoster)
    if mode == "faithful":
        seen = bundle.deghoster.config.in_resolution
        result = deghost_band(coarse, result, small_mask, seen).clamp(-1, 1)

    final, native_mask = _at_native_size(inverted, result, small_mask, mode)
    if wanted is not None:
        native_mask = wanted
        final = torch.where(wanted > 0, final, inverted.picture) if mode == "faithful" else final
    _report(progress, 5)
    scores = {name: found.scores[:, c] for name, c in _classes(bundle, edits).items() if c is not None}
    return EditResult(inverted.picture, reconstruction, edited, native_mask, coarse, final, scores)


def _find_mask(
    original: Tensor,
    reconstruction: Tensor,
    edited: Tensor,
    bundle: Bundle,
    edits: Mapping[str, float],
    mode: Mode,
) -> DiffCam:
    classes = _classes(bundle, edits)
    signs = [bundle.attributes[name].sign for name in classes]
    return diffcam(
        reconstruction,
        edited,
        bundle.diffcam,
        list(classes.values()),
        signs or None,
        mode,
        original,
        bundle.mask_settings,
    )


def _classes(bundle: Bundle, edits: Mapping[str, float]) -> dict[str, int | None]:
    """The classifier's class of each attribute that is really edited."""
    return {name: bundle.attributes[name].diffcam_class for name, strength in edits.items() if strength}


def _at_native_size(inverted: Inverted, result: Tensor, mask: Tensor, mode: Mode) -> tuple[Tensor, Tensor]:
    """Bring result and mask back into the whole picture."""
    picture, alignment = inverted.picture, inverted.alignment
    if mode == "faithful":
        return paste_edit(picture, alignment, inverted.original, result, mask)
    size = (picture.shape[-2], picture.shape[-1])
    return paste_square(picture, result, alignment), paste_mask(mask, alignment, size)


def _own_mask(mask: Tensor, inverted: Inverted) -> Tensor:
    needed = (inverted.picture.shape[0], 1, *inverted.picture.shape[2:])
    if mask.shape != needed:
        raise ShapeError(
            f"The mask must have the picture's size, {list(needed)}, not {list(mask.shape)}: resize one."
        )
    check_finite(mask, "the mask")
    return mask.to(inverted.picture).clamp(0, 1)


def _report(progress: Progress | None, done: int) -> None:
    if progress is not None:
        progress(done, len(STAGES), STAGES[done] if done < len(STAGES) else "done")
