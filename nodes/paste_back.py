"""Paste Back: an edited crop into the photograph that it was cut from."""

from __future__ import annotations

from comfy_api.latest import io
from torch import Tensor

from ..ood_core.alignment import align
from ..ood_core.composition import paste_edit_into
from ..ood_core.errors import ShapeError
from .align_face import Alignments
from .schema import OodAlignment, schema, widget
from .tensors import from_mask, keep_bits, mask_for_picture, size_of, to_image, to_mask, to_picture

_LEVEL = 1 / 255  # a change (range 2) of half a grey level: less is rounding


class PasteBack(io.ComfyNode):
    """After Deghost or whatever else happened to the crop; only what changed travels."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            "PasteBack",
            "Paste Back",
            ("uncrop", "stitch", "photograph", "face"),
            description="Brings the change of a crop back into the photograph, at the photograph's size. "
            "Outside the mask the photograph keeps its very values.",
            inputs=[
                io.Image.Input("photograph", tooltip="The image that went into Align Face (OOD)."),
                io.Image.Input(
                    "edited", tooltip="The crops after the edit, in their order; square, any size."
                ),
                OodAlignment.Input("alignment", tooltip="From Align Face (OOD)."),
                widget(
                    io.Mask,
                    "mask",
                    optional=True,
                    tooltip="The crops' masks, such as Deghost's. Left open, everything that differs from "
                    "the photograph is edited.",
                ),
            ],
            outputs=[
                io.Image.Output(display_name="image", tooltip="The photograph with the edits."),
                io.Mask.Output(display_name="mask", tooltip="Where it may differ from what came in."),
            ],
        )

    @classmethod
    def execute(
        cls, photograph: Tensor, edited: Tensor, alignment: Alignments, mask: Tensor | None = None
    ) -> io.NodeOutput:
        whole, after, places = (
            to_picture(photograph, "photograph"),
            to_picture(edited, "edited"),
            alignment.places,
        )
        masks = None if mask is None else mask_for_picture(to_mask(mask), size_of(after))
        _check(whole, after, masks, alignment)
        final = whole.clone()
        changed = whole.new_zeros(len(whole), 1, *size_of(whole))
        for index, (number, place) in enumerate(places):
            one, result = slice(number, number + 1), after[index : index + 1]
            before = align(whole[one], place, result.shape[-1])
            found = (result - before).abs().amax(dim=1, keepdim=True).gt(_LEVEL).to(result)
            if masks is not None:
                found = masks[index % len(masks)][None]
            paste_edit_into(final[one], changed[one], place, before, result, found)
        return io.NodeOutput(keep_bits(to_image(final), photograph, changed), from_mask(changed))


def _check(whole: Tensor, after: Tensor, masks: Tensor | None, alignment: Alignments) -> None:
    places = alignment.places
    if len(after) != len(places) or (masks is not None and len(masks) not in (1, len(places))):
        raise ShapeError(
            f"'alignment' is of {len(places)} crops, 'edited' holds {len(after)}"
            + ("." if masks is None else f", 'mask' {len(masks)}.")
        )
    if after.shape[2] != after.shape[3]:
        raise ShapeError(
            f"'edited' must be square, as the crops were, not {after.shape[3]}×{after.shape[2]}."
        )
    numbers, sizes = {number for number, _ in places}, {place.picture_size for _, place in places}
    if max(numbers) >= len(whole) or sizes != {size_of(whole)}:
        raise ShapeError(
            f"'alignment' is of other photographs: {max(numbers) + 1} of {sorted(sizes)} (height, width), "
            f"not {len(whole)} of {size_of(whole)}."
        )
