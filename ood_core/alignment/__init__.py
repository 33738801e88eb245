"""From photographs to aligned faces, and back."""

from __future__ import annotations

from .align import Alignment, align, box_alignment, face_alignment
from .faces import LANDMARKS, Detector, Faces, choose_faces, no_faces
from .warp import Affine, Border, Kernel, warp

__all__ = [
    "LANDMARKS",
    "Affine",
    "Alignment",
    "Border",
    "Detector",
    "Faces",
    "Kernel",
    "align",
    "box_alignment",
    "choose_faces",
    "face_alignment",
    "no_faces",
    "warp",
]
