"""Align Face: a face's upright square out of a photograph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from comfy.utils import ProgressBar
from comfy_api.latest import io
from torch import Tensor

from ..ood_core.alignment import (
    Aligning,
    Crop,
    Faces,
    draw_faces,
    draw_squares,
    face_crops,
    face_detector,
    mediapipe_faces,
)
from ..ood_core.errors import NoFaceError, OodError
from .models import BundleHandle
from .schema import (
    FaceLandmarks,
    OodCrop,
    bundle_input,
    face_inputs,
    schema,
    shown,
    which_face,
    widget,
)
from .sockets import Crops
from .tensors import to_image, to_picture


class AlignFace(io.ComfyNode):
    """Before Invert; its crops know the way back."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            "AlignFace",
            "Align Face",
            ("face detection", "crop face", "ffhq", "photograph"),
            description="Finds faces and cuts them out upright, as the bundle knows them. Connect crop, and "
            "the edit returns to its place in the photograph.",
            inputs=[
                bundle_input(),
                io.Image.Input("image", tooltip="Photographs of any size. An alpha channel is ignored."),
                *face_inputs(),
                widget(
                    io.Int,
                    "size",
                    default=0,
                    min=0,
                    max=4096,
                    step=8,
                    tooltip="Width and height of the pictures of the crops, in pixels; 0 is the bundle's "
                    "own.",
                ),
                widget(
                    FaceLandmarks,
                    "landmarks",
                    optional=True,
                    tooltip="From core's MediaPipe Face Landmarker, used instead of looking for faces.",
                ),
            ],
            outputs=[
                OodCrop.Output(
                    display_name="crop", tooltip="For Invert (OOD), Edit (OOD), and Paste Back (OOD)."
                ),
                io.Image.Output(
                    display_name="image", tooltip="The crops as pictures, for other nodes; left to right."
                ),
                io.Image.Output(
                    display_name="overlay", tooltip="The photographs with boxes, landmarks and squares."
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        bundle: BundleHandle,
        image: Tensor,
        face: str = "largest",
        number: int = 0,
        align: Aligning = "auto",
        size: int = 0,
        landmarks: Mapping[str, Any] | None = None,
    ) -> io.NodeOutput:
        which, pictures = which_face(face, number), to_picture(image)
        found = _find(bundle, pictures, landmarks) if align != "never" else [None] * len(pictures)
        crops: list[Crop] = []
        overlays = []
        for index, (picture, faces) in enumerate(zip(pictures.split(1), found, strict=True)):
            own = _crops(bundle, picture, faces, which, align, index)
            crops += own
            drawn = picture if faces is None else draw_faces(picture, faces)
            overlays.append(draw_squares(drawn, [crop.place for crop in own]))
        overlay, side = to_image(torch.cat(overlays)), size or bundle.bundle.resolution
        cut = to_image(torch.cat([crop.cut((side, side)) for crop in crops]))
        return io.NodeOutput(Crops(tuple(crops), image), cut, overlay, ui=shown(overlay, cls))


def _find(
    bundle: BundleHandle, pictures: Tensor, landmarks: Mapping[str, Any] | None
) -> list[Faces] | list[None]:
    if landmarks is not None:
        found = mediapipe_faces(landmarks)
        if len(found) != len(pictures):
            raise OodError(f"'landmarks' are of {len(found)} pictures, 'image' holds {len(pictures)}.")
        return found
    own, bar = bundle.bundle, ProgressBar(len(pictures))
    detector = face_detector(own.detector, own.landmarker)
    found = []
    for picture in pictures.split(1):
        found.append(detector(picture))
        bar.update(1)
    return found


def _crops(
    bundle: BundleHandle,
    picture: Tensor,
    faces: Faces | None,
    which: str | int,
    align: Aligning,
    index: int,
) -> tuple[Crop, ...]:
    try:
        return face_crops(picture, bundle.bundle.frame, faces, which, align, index)
    except NoFaceError as error:
        raise NoFaceError(f"Picture {index} of 'image': {error} ('align' on never).") from error
