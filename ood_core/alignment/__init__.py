"""From photographs to aligned faces, and back."""

from __future__ import annotations

from .align import Alignment, align, box_alignment, face_alignment
from .crop import (
    ALIGNING,
    Aligning,
    Crop,
    Place,
    centred,
    check_pictures,
    cut_all,
    face_crops,
    numbered,
    numbered_on,
    whole,
)
from .detect import face_detector, find_faces
from .faces import LANDMARKS, Detector, Faces, choose_faces, no_faces
from .frame import Frame
from .landmark_files import FOR_ALL, read_landmarks
from .mediapipe import mediapipe_faces
from .show import draw_faces, draw_squares
from .warp import Affine, Border, Kernel, warp

__all__ = [
    "ALIGNING",
    "Affine",
    "Aligning",
    "Alignment",
    "Border",
    "Crop",
    "Detector",
    "FOR_ALL",
    "Faces",
    "Frame",
    "Kernel",
    "LANDMARKS",
    "Place",
    "align",
    "box_alignment",
    "centred",
    "check_pictures",
    "choose_faces",
    "cut_all",
    "draw_faces",
    "draw_squares",
    "face_alignment",
    "face_crops",
    "face_detector",
    "find_faces",
    "mediapipe_faces",
    "no_faces",
    "numbered",
    "numbered_on",
    "read_landmarks",
    "warp",
    "whole",
]
