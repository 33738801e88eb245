"""Composite: the edit inside the mask, the original outside."""

from __future__ import annotations

import torch
from comfy_api.latest import io
from torch import Tensor

from ..ood_core.composition import composite, composite_matched
from .schema import schema, widget
from .tensors import (
    keep_bits,
    mask_for_edit,
    matching_square,
    same_batch,
    size_of,
    to_image,
    to_mask,
    to_picture,
)


class Composite(io.ComfyNode):
    """With the reconstruction connected, colour and light are matched first."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            "Composite",
            "Composite",
            ("blend", "paste", "merge"),
            description="Lays the edit over the original through the mask, at the edit's size. What "
            "lies outside "
            "the mask is the original, value for value.",
            inputs=[
                io.Image.Input(
                    "original",
                    tooltip="The image that went into Invert. Of another size than the edit, its "
                    "centred square is used.",
                ),
                io.Image.Input("edited", tooltip="From Latent Edit (OOD)."),
                io.Mask.Input(
                    "mask",
                    tooltip="From DiffCAM (OOD), or any mask of the original's size. White takes the edit.",
                ),
                widget(
                    io.Image,
                    "reconstruction",
                    optional=True,
                    tooltip="From Invert (OOD). Connected, the edit's colour and light are matched to "
                    "the original "
                    "first; left open, the two are blended as they are.",
                ),
            ],
            outputs=[
                io.Image.Output(
                    display_name="coarse",
                    tooltip="The composite at the edit's size. Ghosts may show at the mask's rim: "
                    "Deghost removes them.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls, original: Tensor, edited: Tensor, mask: Tensor, reconstruction: Tensor | None = None
    ) -> io.NodeOutput:
        batches = {
            "original": to_picture(original, "original"),
            "edited": to_picture(edited, "edited"),
            "mask": to_mask(mask),
        }
        if reconstruction is not None:
            batches["reconstruction"] = to_picture(reconstruction, "reconstruction")
        whole, after, mask, *before = same_batch(**batches)
        square, _ = matching_square(whole, after, "edited")
        mask = mask_for_edit(mask, size_of(after), size_of(whole))
        with torch.no_grad():
            if before:
                coarse = composite_matched(square, *before, after, mask)
            else:
                coarse = composite(square, after, mask)
        image = to_image(coarse)
        return io.NodeOutput(keep_bits(image, original, mask) if square is whole else image)
