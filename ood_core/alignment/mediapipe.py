"""Faces out of ComfyUI's FACE_LANDMARKS: meshes of MediaPipe's face landmarker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ..errors import FaceError
from .faces import Faces, no_faces

# Vertices of the mesh whose mean is each of LANDMARKS: an eye's corners, whatever it looks at; "left" is the
# picture's left, which is the person's right.
_VERTICES = ((33, 133), (362, 263), (1,), (61,), (291,))
_MESH = 468  # vertices without those of the irises, which newer meshes have after them


def mediapipe_faces(payload: Mapping[str, Any]) -> list[Faces]:
    """The faces of every frame.

    Args:
        payload: what ComfyUI's MediaPipe Face Landmarker gives: under "frames" a list of faces a frame, each
            with "landmarks_xy" [478, 2] in pixels and "score", as arrays, tensors or lists.

    Returns:
        One ``Faces`` a frame, some of them empty.

    Raises:
        FaceError: if the payload has another form, or a number is not finite.
    """
    frames = payload.get("frames") if isinstance(payload, Mapping) else None
    if not isinstance(frames, (list, tuple)):
        raise FaceError(f"FACE_LANDMARKS must hold a list of frames, not {type(frames).__name__}")
    return [_frame(frame) for frame in frames]


def _frame(found: Any) -> Faces:
    if not isinstance(found, (list, tuple)):
        raise FaceError(f"a frame of FACE_LANDMARKS must be a list of faces, not {type(found).__name__}")
    if len(found) == 0:
        return no_faces()
    faces = [_face(face) for face in found]
    scores = torch.tensor([score for score, _ in faces]).clamp(0, 1)
    order = scores.argsort(descending=True, stable=True)
    meshes = torch.stack([mesh for _, mesh in faces])[order]
    points = torch.stack([meshes[:, list(vertices)].mean(dim=1) for vertices in _VERTICES], dim=1)
    boxes = torch.cat([meshes[:, :_MESH].amin(dim=1), meshes[:, :_MESH].amax(dim=1)], dim=1)
    return Faces(boxes, scores[order], points)


def _face(face: Any) -> tuple[float, Tensor]:
    """Score and mesh of one face, [N, 2]."""
    try:
        score = float(face["score"])
        mesh = torch.as_tensor(face["landmarks_xy"], dtype=torch.float32, device="cpu")
    except (KeyError, TypeError, ValueError, RuntimeError):
        raise FaceError(
            "a face of FACE_LANDMARKS must have a number 'score' and points 'landmarks_xy'; give what core's "
            "MediaPipe Face Landmarker gives"
        ) from None
    if mesh.ndim != 2 or mesh.shape[0] < _MESH or mesh.shape[1] != 2:
        raise FaceError(f"a face of FACE_LANDMARKS has {_MESH} or more points (x, y), not {list(mesh.shape)}")
    if not bool(torch.isfinite(mesh).all()):
        raise FaceError("a face of FACE_LANDMARKS has points that are not finite (NaN or infinity)")
    return score, mesh
