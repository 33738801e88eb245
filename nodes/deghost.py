"""Deghost: the last stage, and the way back to the original's own size."""

from __future__ import annotations

import torch
from comfy_api.latest import io
from torch import Tensor

from ..ood_core.composition import paste_edit
from ..ood_core.deghosting import deghost, deghost_band
from ..ood_core.errors import OodError
from ..ood_core.images import resize_area
from .models import BundleHandle, each
from .schema import bundle_input, schema, widget
from .tensors import (
    from_mask,
    keep_bits,
    mask_for_edit,
    mask_for_picture,
    matching_square,
    same_batch,
    size_of,
    to_image,
    to_mask,
    to_picture,
)


class Deghost(io.ComfyNode):
    """With original and mask it is faithful; without them, the published stage."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            "Deghost",
            "Deghost",
            ("clean up", "harmonise", "seam"),
            description="Removes the ghosts at the mask's rim. With original and mask connected only "
            "the edit is "
            "changed, and the result has the original's size; without them every pixel is the network's.",
            inputs=[
                bundle_input(),
                io.Image.Input("coarse", tooltip="From Composite (OOD)."),
                widget(
                    io.Image,
                    "original",
                    optional=True,
                    tooltip="The image that went into Invert: the edit is carried back into it. Connect "
                    "mask too.",
                ),
                widget(
                    io.Mask,
                    "mask",
                    optional=True,
                    tooltip="The mask that went into Composite. Connect original too.",
                ),
            ],
            outputs=[
                io.Image.Output(
                    display_name="image",
                    tooltip="The result. With original and mask: at the original's size, and outside "
                    "the mask its "
                    "very values.",
                ),
                io.Mask.Output(
                    display_name="mask",
                    tooltip="Where the result may differ from the original, at the result's size.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        bundle: BundleHandle,
        coarse: Tensor,
        original: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> io.NodeOutput:
        if (original is None) != (mask is None):
            raise OodError(
                "Connect both original and mask, or neither: one without the other says too little."
            )
        device = bundle.place("deghoster")
        pictures = resize_area(to_picture(coarse, "coarse"), bundle.bundle.resolution).to(device)
        if original is None or mask is None:
            with torch.no_grad():
                cleaned = each(lambda picture: deghost(picture, bundle.bundle.deghoster), pictures)
            return io.NodeOutput(to_image(cleaned), from_mask(torch.ones_like(cleaned[:, :1])))
        return io.NodeOutput(*_into_original(bundle, pictures, original, mask))


def _into_original(
    bundle: BundleHandle, coarse: Tensor, original: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor]:
    whole, mask = to_picture(original, "original"), to_mask(mask)
    coarse, whole, mask = same_batch(coarse=coarse, original=whole, mask=mask)
    whole, mask = whole.to(coarse), mask.to(coarse)
    square, box = matching_square(whole, coarse, "coarse")
    small = mask_for_edit(mask, size_of(coarse), size_of(whole))

    def work(coarse: Tensor, whole: Tensor, square: Tensor, small: Tensor) -> tuple[Tensor, Tensor]:
        network = bundle.bundle.deghoster
        result = deghost_band(coarse, deghost(coarse, network), small, network.config.in_resolution)
        return paste_edit(whole, box, square, result.clamp(-1, 1), small)

    with torch.no_grad():
        final, final_mask = each(work, coarse, whole, square, small)
    if size_of(mask) != size_of(coarse):
        final_mask = mask_for_picture(mask, size_of(whole))
    return keep_bits(to_image(final), original, final_mask), from_mask(final_mask)
