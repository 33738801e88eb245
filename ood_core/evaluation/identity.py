"""Is it still the same person? Asked only where a face recogniser is installed."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor

from ..files.levels import to_uint8

Recogniser = Callable[[Tensor], Tensor | None]
"""A picture [1, 3, H, W] in [-1, 1] -> its first face as a vector [K]; None where no face is found."""

_LANDMARKS = "shape_predictor_5_face_landmarks.dat"
_SAME = 0.6  # distance up to which the network was trained to call two pictures one person
_RECOGNISER = "dlib_face_recognition_resnet_model_v1.dat"


def recogniser_at_hand() -> Recogniser | None:
    """dlib's recogniser; None without the packages dlib and face_recognition_models, its weights."""
    weights = find_spec("face_recognition_models")
    if find_spec("dlib") is None or weights is None or weights.origin is None:
        return None
    import dlib

    models = Path(weights.origin).parent / "models"
    find = dlib.get_frontal_face_detector()
    place = dlib.shape_predictor(str(models / _LANDMARKS))
    network = dlib.face_recognition_model_v1(str(models / _RECOGNISER))

    def recognise(picture: Tensor) -> Tensor | None:
        pixels = to_uint8(picture)[0]
        faces = find(pixels, 1)
        if not faces:
            return None
        return torch.tensor(network.compute_face_descriptor(pixels, place(pixels, faces[0])))

    return recognise


def same_person(before: Tensor, after: Tensor | None) -> bool:
    """Whether two faces' vectors are those of one person; a face that is gone is nobody's."""
    return after is not None and float((before - after).norm()) <= _SAME
