"""The last steps of an import: what the generator itself can say about its bundle."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import torch

from ..alignment import Frame, face_detector
from ..bundle import Bundle, load_bundle, update_bundle
from ..bundle.manifest import Manifest, read_manifest
from ..making import calibrate, find_directions, sample_latents
from ..making.calibration import BY_DESCENT, SAMPLES
from ..progress import Progress

_LOOKED_AT, _FACES = 8, 6  # samples in which faces are looked for, and how many must show one
_WORK = 30_000_000  # pixels drawn in a calibration, a minute or two; above that it is left to `ood calibrate`
_STEPS = 200  # of a descent
_LATER = "what is foreign was not measured, which takes minutes at this size: 'ood calibrate' does"


@torch.no_grad()
def finish(folder: Path, manifest: Manifest, progress: Progress | None) -> tuple[Manifest, list[str]]:
    """Let a new bundle's generator say whether it draws faces, what can be edited, and what is foreign.

    Args:
        folder: the bundle, whole; its bundle.json and directions are written anew.
        manifest: its bundle.json.
        progress: told within the calibration.

    Returns:
        The new bundle.json, and what somebody should know.
    """
    quick, notes = _is_quick(manifest), []
    if manifest.frame is not None and manifest.attributes and not quick:
        return manifest, [_LATER]
    bundle = load_bundle(folder)
    if bundle.frame is None and _draws_faces(bundle):
        bundle = dataclasses.replace(bundle, frame=Frame())
        notes.append("its samples show faces, so faces are aligned as in FFHQ")
    if not manifest.attributes:
        bundle = find_directions(bundle)
        notes.append(f"{len(bundle.attributes)} directions were found in the generator")
    if quick:
        bundle = dataclasses.replace(bundle, foreign=calibrate(bundle, progress=progress))
        low, high = bundle.foreign
        notes.append(f"differences are foreign from {low:g} grey levels, wholly from {high:g}")
    else:
        notes.append(_LATER)
    update_bundle(bundle, folder)
    return read_manifest(folder), notes


def _draws_faces(bundle: Bundle) -> bool:
    """Whether nearly all of some samples show exactly one face, found by the built-in detector."""
    latents = sample_latents(bundle, _LOOKED_AT)
    detector = face_detector()
    styles = bundle.generator.num_styles
    shown = 0
    for latent in latents.split(1):
        picture = bundle.generator.synthesis(latent[:, None].expand(-1, styles, -1)).clamp(-1, 1)
        shown += len(detector(picture)) == 1
    return shown >= _FACES


def _is_quick(manifest: Manifest) -> bool:
    """Whether calibrating is: an encoder's pictures are drawn twice, those of a descent in every step."""
    drawn = 2 * SAMPLES if "encoder" in manifest.architectures else _STEPS * BY_DESCENT
    return drawn * manifest.resolution**2 <= _WORK
