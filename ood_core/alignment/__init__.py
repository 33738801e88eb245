"""From photographs to aligned faces, and back."""

from __future__ import annotations

from .align import Alignment, align, box_alignment, face_alignment
from .detect import face_detector, find_faces
from .faces import LANDMARKS, Detector, Faces, choose_faces, no_faces
from .landmark_files import FOR_ALL, read_landmarks
from .mediapipe import mediapipe_faces
from .overlay import draw_faces
from .show import draw_squares
from .warp import Affine, Border, Kernel, warp

__all__ = [
    "FOR_ALL",
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
    "draw_faces",
    "draw_squares",
    "face_alignment",
    "face_detector",
    "find_faces",
    "mediapipe_faces",
    "no_faces",
    "read_landmarks",
    "warp",
]
