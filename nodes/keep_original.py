"""Keep Original: somebody else's edit, put back into the photograph."""

from __future__ import annotations

from typing import Any

import comfy.model_management as mm
import torch
from comfy_api.latest import io
from torch import Tensor

from ..ood_core.diffcam import MaskIs
from ..ood_core.kept_clips import keep_clip
from ..ood_core.pipeline import keep
from .checks import checked
from .saying import say
from .schema import own_mask_inputs, schema, shape_inputs, widget
from .showing import compared
from .sockets import on
from .tensors import before_after, from_mask, keep_bits, own_masks, to_image, to_picture
from .work import progress_bar, shape_of


class KeepOriginal(io.ComfyNode):
    """Behind any editor: an instruction model, an inpainter, another pack's face tools."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            "KeepOriginal",
            "Keep Original",
            (
                "keep original",
                "restore background",
                "undo drift",
                "only the edit",
                "kontext",
                "qwen edit",
                "klein",
            ),
            description="Takes only the edit from what an editor made of a photograph: shift, zoom, colour "
            "and softness that nobody asked for stay behind. "
            "Outside the mask the photograph keeps its very values.",
            has_intermediate_output=True,
            inputs=[
                io.Image.Input(
                    "original", tooltip="The photograph before the edit. One may serve many edits."
                ),
                io.Image.Input("edited", tooltip="What the editor made of it, of any size."),
                *own_mask_inputs("limit"),
                widget(
                    io.Image,
                    "reference",
                    optional=True,
                    tooltip="What the editor, or its autoencoder alone, makes of the original without an "
                    "edit. What the edited picture shares with it is no edit.",
                ),
                *shape_inputs(advanced=True),
                widget(
                    io.Boolean,
                    "clip",
                    default=False,
                    optional=True,  # graphs that were saved without it must still run
                    advanced=True,
                    tooltip="The images are the frames of one clip: the edit's place, light and mask are "
                    "held still over time.",
                ),
            ],
            outputs=[
                io.Image.Output(display_name="image", tooltip="The photograph with only the edit in it."),
                io.Mask.Output(display_name="mask", tooltip="Where it may differ from the original."),
                io.Image.Output(
                    display_name="registered",
                    tooltip="The edited picture in the original's place, size, colour and light.",
                ),
                io.String.Output(
                    display_name="report",
                    tooltip="Shift, zoom, turn, changed share, confidence, and what to look at; "
                    "one line per image.",
                ),
                io.Image.Output(
                    display_name="before_after",
                    tooltip="The photograph and what was kept of the edit, side by side.",
                ),
            ],
        )

    @classmethod
    @checked
    def execute(
        cls,
        original: Tensor,
        edited: Tensor,
        mask: Tensor | None = None,
        mask_is: MaskIs = "limit",
        reference: Tensor | None = None,
        threshold: float = 0.0,
        grow: float = 0.0,
        feather: float = 0.0,
        clip: bool = False,
    ) -> io.NodeOutput:
        device = mm.get_torch_device()
        pictures = to_picture(original, "original").to(device), to_picture(edited, "edited").to(device)
        own = (
            None
            if mask is None
            else own_masks(mask, original if len(original) > 1 else edited, original).to(device)
        )
        without = None if reference is None else to_picture(reference, "reference").to(device)
        shape = shape_of(threshold, grow, feather)
        with torch.no_grad():
            how: dict[str, Any] = {"shape": shape, "progress": progress_bar()}
            if clip:
                count = max(len(original), len(edited))
                first, second = (_frames(batch, count) for batch in pictures)
                third = None if without is None else _frames(without, count)
                kept = list(keep_clip(first, second, own, mask_is, third, **how))
            else:
                kept = [keep(*pictures, own, mask_is, without, **how)]
            result = torch.cat([on(one.result, "cpu") for one in kept])
            change = torch.cat([on(one.mask, "cpu") for one in kept])
            registered = torch.cat([on(one.registered, "cpu") for one in kept])
        image = keep_bits(to_image(result), original, change)
        text = "\n".join(report.line for one in kept for report in one.reports)
        say(text)
        both = before_after(original, image)
        return io.NodeOutput(
            image, from_mask(change), to_image(registered), text, both, ui=compared(original, image, cls)
        )


def _frames(batch: Tensor, count: int) -> list[Tensor]:
    """The frames of a batch; a single one stands still through the whole clip."""
    return list(batch.split(1)) * (count if len(batch) == 1 else 1)
