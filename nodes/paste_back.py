"""Paste Back: crops that other nodes edited, back into the photographs that they were cut from."""

from __future__ import annotations

from comfy_api.latest import io
from torch import Tensor

from ..ood_core.errors import ShapeError
from ..ood_core.stages import paste_edited
from .checks import checked
from .saying import say
from .schema import OodCrop, schema, widget
from .sockets import Crops
from .tensors import from_mask, keep_bits, mask_for_picture, own_masks, size_of, to_image, to_mask, to_picture


class PasteBack(io.ComfyNode):
    """For whatever happened to a crop outside of this pack; only what changed travels."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            "PasteBack",
            "Paste Crop Back",
            ("paste face back", "uncrop face", "stitch crop"),
            description="Brings a crop that other nodes edited back into its photograph, at the photograph's "
            "size. Outside the mask the photograph keeps its very values.",
            inputs=[
                OodCrop.Input("crop", tooltip="From Align Face."),
                io.Image.Input(
                    "edited", tooltip="The crops after the edit, in their order; square, any size."
                ),
                widget(
                    io.Mask,
                    "mask",
                    optional=True,
                    tooltip="The crops' masks, or one of the photograph's own size. Left open, all that "
                    "differs by more than saving and resizing is edited.",
                ),
            ],
            outputs=[
                io.Image.Output(display_name="image", tooltip="The photographs with the edits."),
                io.Mask.Output(display_name="mask", tooltip="Where they may differ from what came in."),
            ],
        )

    @classmethod
    @checked
    def execute(cls, crop: Crops, edited: Tensor, mask: Tensor | None = None) -> io.NodeOutput:
        after, count = to_picture(edited, "edited"), len(crop.crops)
        masks, whole = None, None
        if mask is not None:
            given = to_mask(mask)
            height, width = size_of(given)
            photograph = (height, width) == tuple(crop.image.shape[1:3]) != size_of(after)
            if photograph or height != width:  # painted on the photograph: crops are square
                whole = own_masks(mask, crop.image)
            else:
                masks = mask_for_picture(given, size_of(after))
        if len(after) != count or (masks is not None and len(masks) not in (1, count)):
            said = "" if masks is None else f", 'mask' {len(masks)}"
            raise ShapeError(f"'crop' is of {count} crops, 'edited' holds {len(after)}{said}: give as many.")
        if after.shape[2] != after.shape[3]:
            width, height = after.shape[3], after.shape[2]
            raise ShapeError(f"'edited' must be square, as the crops were, not {width}×{height}.")
        own = None if masks is None else masks.expand(count, -1, -1, -1)
        if mask is not None and not bool(mask.any()):
            say("The mask is empty, so the photographs stay as they are: paint it, or leave it unconnected.")
        done = paste_edited(crop.crops, after, own, whole, crop.side)
        image = keep_bits(to_image(done.result), crop.image, done.change)
        return io.NodeOutput(image, from_mask(done.change))
