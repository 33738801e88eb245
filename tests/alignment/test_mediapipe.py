"""ComfyUI's own face landmarks are taken as they come."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from ood_core.alignment.mediapipe import mediapipe_faces
from ood_core.errors import FaceError


def face(score: float = 0.9, shift: float = 0.0) -> dict[str, Any]:
    """A mesh with eyes, nose and mouth in their places; the person's right is the picture's left."""
    mesh = np.full((478, 2), 50.0, dtype=np.float32)
    mesh[33], mesh[133], mesh[362], mesh[263] = (20, 40), (40, 40), (60, 40), (80, 42)
    mesh[1], mesh[61], mesh[291], mesh[468:] = (51, 60), (35, 80), (65, 80), 1000
    return {"landmarks_xy": mesh + shift, "score": score, "bbox_xyxy": np.zeros(4)}


def test_five_landmarks_come_out_of_the_mesh_the_surest_face_first() -> None:
    first, none = mediapipe_faces({"frames": [[face(0.6, 100), face(0.9)], []], "image_size": (100, 100)})
    assert len(first) == 2 and len(none) == 0
    assert first.landmarks[0].tolist() == [[30, 40], [70, 41], [51, 60], [35, 80], [65, 80]]
    assert torch.allclose(first.landmarks[1], first.landmarks[0] + 100)
    assert first.boxes[0].tolist() == [20, 40, 80, 80]
    assert first.scores.tolist() == pytest.approx([0.9, 0.6])


@pytest.mark.parametrize(
    "payload",
    [
        None,
        {},
        {"frames": 3},
        {"frames": [None]},
        {"frames": ["a face"]},
        {"frames": [["a face"]]},
        {"frames": [[{}]]},
        {"frames": [[{"score": 0.9}]]},
        {"frames": [[face() | {"score": None}]]},
        {"frames": [[face() | {"landmarks_xy": [["a", "b"]] * 478}]]},
        {"frames": [[{"landmarks_xy": [[1, 2]], "score": 1}]]},
    ],
)
def test_another_form_is_refused_in_words(payload: Any) -> None:
    with pytest.raises(FaceError, match="FACE_LANDMARKS"):
        mediapipe_faces(payload)


def test_a_mesh_that_is_not_finite_is_refused() -> None:
    broken = face()
    broken["landmarks_xy"][33] = np.nan
    with pytest.raises(FaceError, match="points that are not finite"):
        mediapipe_faces({"frames": [[broken]]})
