"""What judges that trained nothing here see in two pictures of one face."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ...alignment import align, face_alignment
from ...errors import FaceError
from ..judges.expressions import EXPRESSIONS
from ..judges.faces import JUDGED, SAME_PERSON, FaceJudges
from ..judges.lpips import Lpips
from .measured import Figures

_SIDE = 150


@dataclass(frozen=True, eq=False)
class Judges:
    """Those that are at hand."""

    faces: FaceJudges | None = None
    lpips: Lpips | None = None

    @torch.no_grad()
    def __call__(self, before: Tensor, after: Tensor) -> Figures:
        """Compare a face with others, each [N, 3, S, S] as `face_of` cuts it; ``before`` may be one.

        Returns:
            Lists of N: "distance" of identities, "same" whether it is one person, "was" and "now" whether
            each is judged happy, "years" by which it looks older, "lpips"; of judges that are at hand.
        """
        before = before.expand_as(after)
        found: Figures = {}
        if self.faces is not None:
            own = self.faces
            distance = (own.identity(before) - own.identity(after)).norm(dim=1)
            happy = [own.expression(f).argmax(dim=1) == EXPRESSIONS.index("happy") for f in (before, after)]
            found["distance"] = distance.tolist()
            found["same"] = (distance <= SAME_PERSON).float().tolist()
            found["was"], found["now"] = (each.float().tolist() for each in happy)
            found["years"] = (own.age(after).years - own.age(before).years).tolist()
        if self.lpips is not None:
            pairs = zip(before.split(1), after.split(1), strict=True)
            found["lpips"] = [float(self.lpips(*pair)) for pair in pairs]
        return found


def face_of(picture: Tensor, landmarks: Tensor) -> Tensor | None:
    """The inner face as judges want it, [1, 3, S, S]; None where the landmarks are of no face."""
    try:
        place = face_alignment(landmarks, JUDGED, (picture.shape[-2], picture.shape[-1]))
    except FaceError:
        return None
    return align(picture, place, _SIDE)
