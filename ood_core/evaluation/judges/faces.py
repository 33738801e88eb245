"""Identity, expression and age of faces in photographs, judged by networks that trained nothing here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ...alignment import Frame
from .ages import AgeReader, Ages
from .expressions import EXPRESSIONS, ExpressionReader
from .face_api import load_face_api
from .recogniser import Recogniser

JUDGED = Frame(eyes=1.25, mouth=1.15, down=0.46, spread=0.03)
"""How these networks want faces cut: from the brows to the chin, the eyes two fifths of the side apart."""

SAME_PERSON = 0.6
"""Distance up to which the recogniser was trained to call two faces one person (King 2017)."""


@dataclass(frozen=True, eq=False)
class FaceJudges:
    """Three networks, each of faces [B, 3, H, W] in [-1, 1] of any size, cut out upright by `JUDGED`."""

    recogniser: Recogniser
    expressions: ExpressionReader
    ages: AgeReader

    @torch.no_grad()
    def identity(self, faces: Tensor) -> Tensor:
        """128 numbers a face, [B, 128]; compare them by their distance."""
        return self.recogniser(faces)

    @torch.no_grad()
    def expression(self, faces: Tensor) -> Tensor:
        """Probability of each of `EXPRESSIONS`, [B, 7]."""
        return self.expressions(faces)

    def happy(self, faces: Tensor) -> Tensor:
        """Probability of "happy", [B]."""
        return self.expression(faces)[:, EXPRESSIONS.index("happy")]

    @torch.no_grad()
    def age(self, faces: Tensor) -> Ages:
        """Years and how probably a man's, [B] each."""
        return self.ages(faces)


def load_face_judges(folder: Path) -> FaceJudges:
    """Read the three networks.

    Args:
        folder: ``model`` of the unpacked npm package @vladmandic/face-api.

    Raises:
        CheckpointError: if a file is missing, damaged or of another version.
    """
    return FaceJudges(
        load_face_api(Recogniser(), folder, Recogniser.model),
        load_face_api(ExpressionReader(), folder, ExpressionReader.model),
        load_face_api(AgeReader(), folder, AgeReader.model),
    )
