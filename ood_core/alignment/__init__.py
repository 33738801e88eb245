"""From photographs to aligned faces, and back."""

from __future__ import annotations

from .faces import LANDMARKS, Detector, Faces, choose_faces, no_faces

__all__ = ["LANDMARKS", "Detector", "Faces", "choose_faces", "no_faces"]
