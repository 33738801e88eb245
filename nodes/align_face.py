"""Align Face: a face's upright square out of a photograph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from comfy.utils import ProgressBar
from comfy_api.latest import io
from torch import Tensor

from ..ood_core.alignment import (
    Alignment,
    Faces,
    align,
    draw_faces,
    draw_squares,
    face_detector,
    mediapipe_faces,
)
from ..ood_core.errors import NoFaceError, OodError
from ..ood_core.photographs import ALIGNING, place_faces
from .models import BundleHandle
from .schema import FaceLandmarks, OodAlignment, bundle_input, schema, shown, widget
from .tensors import to_image, to_picture

FACES = ("largest", "all", "by number")


@dataclass(frozen=True, eq=False)
class Alignments:
    """What travels on OOD_ALIGNMENT: for every crop its picture's number in the batch and its square."""

    places: tuple[tuple[int, Alignment], ...]


class AlignFace(io.ComfyNode):
    """Before Invert; Paste Back is its counterpart at the end."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            "AlignFace",
            "Align Face",
            ("face detection", "crop face", "ffhq", "photograph"),
            description="Finds faces and cuts them out upright, as the bundle knows them. Paste Back "
            "(OOD) brings the edited crop home.",
            inputs=[
                bundle_input(),
                io.Image.Input("image", tooltip="Photographs of any size. An alpha channel is ignored."),
                widget(
                    io.Combo,
                    "face",
                    options=list(FACES),
                    default="largest",
                    tooltip="Which faces of each photograph. Several become a batch of crops.",
                ),
                widget(
                    io.Int,
                    "number",
                    default=0,
                    min=0,
                    max=299,
                    tooltip="With 'by number': 0 is the surest face, 1 the next.",
                ),
                widget(
                    io.Combo,
                    "align",
                    options=list(ALIGNING),
                    default="auto",
                    tooltip="auto leaves a photograph alone that is such a crop already; never takes the "
                    "largest centred square.",
                ),
                widget(
                    io.Int,
                    "size",
                    default=0,
                    min=0,
                    max=4096,
                    step=8,
                    tooltip="Width and height of the crop in pixels; 0 is the bundle's own.",
                ),
                widget(
                    FaceLandmarks,
                    "landmarks",
                    optional=True,
                    tooltip="From core's MediaPipe Face Landmarker, used instead of looking for faces.",
                ),
            ],
            outputs=[
                io.Image.Output(display_name="image", tooltip="The crops, for Invert (OOD) or Edit (OOD)."),
                OodAlignment.Output(
                    display_name="alignment", tooltip="Where they were cut out, for Paste Back (OOD)."
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
        face: str,
        number: int,
        align: str,
        size: int,
        landmarks: Mapping[str, Any] | None = None,
    ) -> io.NodeOutput:
        if face not in FACES:
            raise OodError(f"There is no choice '{face}' of faces. Known: {', '.join(FACES)}.")
        pictures = to_picture(image)
        found = _find(bundle, pictures, landmarks) if align != "never" else [None] * len(pictures)
        which = number if face == "by number" else face
        crops, places, overlays = [], [], []
        for index, (picture, faces) in enumerate(zip(pictures.split(1), found, strict=True)):
            squares = _place(bundle, picture, faces, which, align, index)
            for square in squares:
                crops.append(_crop(picture, square, size or bundle.bundle.resolution))
                places.append((index, square))
            drawn = picture if faces is None else draw_faces(picture, faces)
            overlays.append(draw_squares(drawn, squares))
        overlay = to_image(torch.cat(overlays))
        crop = to_image(torch.cat(crops))
        return io.NodeOutput(crop, Alignments(tuple(places)), overlay, ui=shown(overlay, cls))


def _find(bundle: BundleHandle, pictures: Tensor, landmarks: Mapping[str, Any] | None) -> list[Faces]:
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


def _place(
    bundle: BundleHandle, picture: Tensor, faces: Faces | None, which: str | int, align: Any, index: int
) -> tuple[Alignment, ...]:
    try:
        return place_faces(picture, bundle.bundle.frame, faces, which, align).alignments
    except NoFaceError as error:
        raise NoFaceError(f"Picture {index} of 'image': {error} ('align' on never).") from error


def _crop(picture: Tensor, square: Alignment, size: int) -> Tensor:
    return align(picture, square, size)
