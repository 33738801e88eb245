"""Composite: the edit inside the mask, the original outside."""

from __future__ import annotations

import torch
from comfy_api.latest import io
from torch import Tensor

from ..ood_core.stages import composite, with_mask
from .checks import checked
from .schema import OodEdit, schema, widget
from .sockets import EditInMaking, needed, on
from .tensors import own_masks, to_image
from .work import device_of, plain_mask, plain_pair


class Composite(io.ComfyNode):
    """Colour and light of the edit are matched to the original first."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            "Composite",
            "Composite Edit",
            ("blend edit", "composite face", "merge edit"),
            description="Lays the edit over the original through the mask. What lies outside the mask is the "
            "original, value for value.",
            inputs=[
                widget(OodEdit, "edit", optional=True, tooltip="From DiffCAM Edit Mask."),
                widget(
                    io.Mask,
                    "mask",
                    optional=True,
                    tooltip="A mask of the image's size, used instead of DiffCAM's. White takes the edit.",
                ),
                widget(
                    io.Image,
                    "original",
                    optional=True,
                    tooltip="In place of edit: an image; connect edited and mask too.",
                ),
                widget(
                    io.Image,
                    "edited",
                    optional=True,
                    tooltip="In place of edit: the image after an edit by other nodes, of the same size.",
                ),
                widget(
                    io.Image,
                    "reconstruction",
                    optional=True,
                    tooltip="In place of edit: what that editor makes of the image without an edit. Colour "
                    "and light are matched by it.",
                ),
            ],
            outputs=[
                OodEdit.Output(display_name="edit", tooltip="For Deghost Edit."),
                io.Image.Output(
                    display_name="coarse",
                    tooltip="The composite of every crop. In mode paper Deghost Edit removes its ghosts.",
                ),
            ],
        )

    @classmethod
    @checked
    def execute(
        cls,
        edit: EditInMaking | None = None,
        mask: Tensor | None = None,
        original: Tensor | None = None,
        edited: Tensor | None = None,
        reconstruction: Tensor | None = None,
    ) -> io.NodeOutput:
        if edit is None:
            edit = _plain(original, edited, mask, reconstruction)
        elif mask is not None:
            own = own_masks(mask, edit.image)
            edit = EditInMaking(edit.handle, with_mask(edit.stage, own), own, edit.image)
        with torch.no_grad():
            composed = on(composite(on(edit.stage, device_of(edit.handle))), "cpu")
        making = EditInMaking(edit.handle, composed, edit.own, edit.image)
        return io.NodeOutput(making, to_image(composed.coarse))


def _plain(
    original: Tensor | None, edited: Tensor | None, mask: Tensor | None, reconstruction: Tensor | None
) -> EditInMaking:
    what = "edit from DiffCAM Edit Mask, or original, edited and mask"
    image, after, mask = needed(original, what), needed(edited, what), needed(mask, what)
    pair = plain_pair(None, image, after, reconstruction)
    own = own_masks(mask, image)
    return EditInMaking(None, plain_mask(pair, own), own, image)
