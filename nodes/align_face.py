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
    Faceless,
    Faces,
    crop_masks,
    cut_all,
    draw_faces,
    draw_squares,
    mediapipe_faces,
    paddings,
)
from ..ood_core.errors import OodError
from ..ood_core.finding import WhichDetector, detector_of
from ..ood_core.pipeline import find_crops
from .checks import checked
from .models import BundleHandle
from .schema import (
    FaceLandmarks,
    OodCrop,
    face_inputs,
    optional_bundle,
    schema,
    which_face,
    widget,
)
from .showing import shown
from .sockets import Crops
from .tensors import from_mask, to_image, to_picture
from .work import device_of


class AlignFace(io.ComfyNode):
    """Before Invert; its crops know the way back."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            "AlignFace",
            "Align Face",
            ("face detection", "crop face", "face crop", "ffhq alignment", "straighten face"),
            description="Finds faces and cuts them out upright, at any resolution. Connect crop, and the "
            "edit returns to its place in the photograph.",
            inputs=[
                io.Image.Input("image", tooltip="Photographs of any size. An alpha channel is ignored."),
                optional_bundle(
                    "Cuts faces out as its pictures show them. "
                    "Without a bundle they are cut out of photographs as in FFHQ."
                ),
                *face_inputs(),
                widget(
                    io.Int,
                    "size",
                    default=0,
                    min=0,
                    max=4096,
                    step=8,
                    tooltip="Width and height of the crops' pictures, in pixels; 0 is the bundle's own, or "
                    "1024 without one.",
                    advanced=True,
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
                    display_name="crop", tooltip="For Invert Portrait, Edit Portrait, and Paste Crop Back."
                ),
                io.Image.Output(
                    display_name="image", tooltip="The crops as pictures, for other nodes; left to right."
                ),
                io.Image.Output(
                    display_name="overlay", tooltip="The photographs with boxes, landmarks and squares."
                ),
                io.Mask.Output(
                    display_name="crop_mask",
                    tooltip="At the photographs' size, white where the crops lie: to inpaint only there.",
                ),
                io.Mask.Output(
                    display_name="padding",
                    tooltip="At the crops' size, white where a crop reaches over the photograph's border and "
                    "shows nothing of it: to outpaint.",
                ),
            ],
        )

    @classmethod
    @checked
    def execute(
        cls,
        image: Tensor,
        bundle: BundleHandle | None = None,
        face: str = "largest",
        align: Aligning = "auto",
        faceless: Faceless = "stop",
        detector: WhichDetector = "auto",
        size: int = 0,
        landmarks: Mapping[str, Any] | None = None,
    ) -> io.NodeOutput:
        pictures, own = to_picture(image), None if bundle is None else bundle.bundle
        found = None
        if align != "never":
            given = landmarks is not None
            found = _given(landmarks, len(pictures)) if given else _found(bundle, pictures, detector)
        crops = find_crops(pictures, own, which_face(face), align, found, None, faceless)
        overlays = []
        for index, picture in enumerate(pictures.split(1)):
            drawn = picture if found is None else draw_faces(picture, found[index])
            overlays.append(draw_squares(drawn, [crop.place for crop in crops if crop.number == index]))
        overlay, side = to_image(torch.cat(overlays)), size or (1024 if own is None else own.resolution)
        cut = to_image(cut_all(crops, (side, side)))
        masks = from_mask(crop_masks(crops)), from_mask(paddings(crops, (side, side)))
        own_crops = Crops(crops, image, bundle, side)
        return io.NodeOutput(own_crops, cut, overlay, *masks, ui=shown(overlay, cls))


def _found(bundle: BundleHandle | None, pictures: Tensor, which: WhichDetector) -> list[Faces]:
    device, bar, found = device_of(bundle), ProgressBar(len(pictures)), []
    detector = detector_of(None if bundle is None else bundle.bundle, which)
    for picture in pictures.split(1):
        faces = detector(picture.to(device))
        found.append(Faces(faces.boxes.cpu(), faces.scores.cpu(), faces.landmarks.cpu()))
        bar.update(1)
    return found


def _given(landmarks: Mapping[str, Any] | None, count: int) -> list[Faces]:
    found = mediapipe_faces(landmarks or {})
    if len(found) != count:
        raise OodError(f"'landmarks' are of {len(found)} pictures, 'image' holds {count}.")
    return found
