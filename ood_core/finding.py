"""Whose face it is: a drawn domain's detector must not decide on photographs, nor the other way round."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from .alignment import Crop, Detector, Faces, face_alignment, face_detector
from .alignment.boxes import overlaps
from .bundle import Bundle
from .errors import FaceError, OodError
from .likeness import KNOWN, LIKELY, strangeness
from .sources import invert

WhichDetector = Literal["auto", "bundle", "photo"]

SURE = 0.9
"""Score from which the photographic detector's find is of a photograph, where a bundle of drawings is not
certain of the face. Of the 37 least known of 120 drawn people with things (seeds 330000 to 330119) it saw
nine, one of them at 0.92, the others at 0.88 at most.
"""

_CERTAIN = 0.5  # strangeness up to which a face is the bundle's own kind, whoever else sees one
_SAME = 0.3  # intersection over union from which two boxes are of one face


@dataclass(frozen=True, eq=False)
class BothDetectors:
    """The bundle's own detector where its generator knows what was found, the photographic one elsewhere."""

    bundle: Bundle
    own: Detector
    photographic: Detector

    def __call__(self, picture: Tensor) -> Faces:
        """See `Detector`."""
        return self.decided(picture)[0]

    def decided(self, picture: Tensor) -> tuple[Faces, bool]:
        """The faces, and whether any of them is of the bundle's own detector."""
        found = self.own(picture)
        strange = unknown(picture, found, self.bundle)
        if len(found) and not bool((strange > _CERTAIN).any()):
            return found, True
        other = self.photographic(picture)
        drawn = strange <= (KNOWN if len(other) else LIKELY)
        if len(found) and len(other):
            shared = overlaps(found.boxes, other.boxes) * (other.scores > SURE)
            drawn &= (strange <= _CERTAIN) | (shared.amax(dim=1) < _SAME)
        known = found[drawn.nonzero()[:, 0].tolist()]
        return merged(known, other), bool(len(known))


def detector_of(bundle: Bundle | None, which: WhichDetector = "auto") -> Detector:
    """What finds faces for a bundle, or, without one, in photographs.

    Args:
        bundle: with or without a detector of its own.
        which: "bundle" trusts its own, "photo" the built-in one for photographs; "auto" asks both, and trusts
            the bundle's where its generator knows what was found.

    Raises:
        OodError: if there is no such choice, or "bundle" without one.
    """
    if which not in get_args(WhichDetector):
        raise OodError(f"There is no detector '{which}'. Known: {', '.join(get_args(WhichDetector))}.")
    if bundle is None:
        if which == "bundle":
            raise OodError("There is no bundle whose detector could look: give one, or choose auto or photo.")
        return face_detector()
    if which == "photo" or bundle.detector is None:
        return face_detector(None, None if which == "photo" else bundle.landmarker)
    own = face_detector(bundle.detector, bundle.landmarker)
    return own if which == "bundle" else BothDetectors(bundle, own, face_detector())


@torch.no_grad()
def unknown(picture: Tensor, faces: Faces, bundle: Bundle) -> Tensor:
    """How strange each face is to a bundle's generator, in its lower level of what is foreign, [N]."""
    size = (picture.shape[-2], picture.shape[-1])
    strange = torch.full((len(faces),), torch.inf)
    if bundle.frame is None:  # its generator draws no faces
        return strange
    for index, points in enumerate(faces.landmarks):
        try:
            place = face_alignment(points, bundle.frame, size)
        except FaceError:  # no face lies so
            continue
        seen = invert([Crop(picture, place)], bundle)
        strange[index] = strangeness(seen.original, seen.reconstruction, bundle.foreign[0])
    return strange


def merged(first: Faces, second: Faces) -> Faces:
    """The faces of both, those of the first where both found one; the surest first."""
    if not len(first) or not len(second):
        return second if len(second) else first
    shared = overlaps(second.boxes, first.boxes).amax(dim=1)
    new = second[(shared < _SAME).nonzero()[:, 0].tolist()]
    scores = torch.cat([first.scores, new.scores])
    order = scores.argsort(descending=True, stable=True)
    return Faces(
        torch.cat([first.boxes, new.boxes])[order],
        scores[order],
        torch.cat([first.landmarks, new.landmarks])[order],
    )
