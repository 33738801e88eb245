"""Deghost: the last stage, and the way back to the image's own size."""

from __future__ import annotations

import torch
from comfy_api.latest import io
from torch import Tensor

from ..ood_core.errors import OodError
from ..ood_core.modes import GIVEN_COMPOSITE
from ..ood_core.results import Composed, completed
from ..ood_core.stages import deghost, paste
from .checks import checked
from .models import BundleHandle
from .saying import say
from .schema import OodEdit, optional_bundle, schema, widget
from .showing import compared
from .sockets import EditInMaking, needed, on
from .tensors import before_after, from_mask, keep_bits, own_masks, to_image, to_picture
from .work import device_of, plain_mask, plain_pair, report_of


class Deghost(io.ComfyNode):
    """Deghosting and pasting: what comes out is the whole picture."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            "Deghost",
            "Deghost Edit",
            ("remove ghosting", "harmonise edit", "seam removal"),
            description="Carries the edit back into the image, at the image's own size. Mode paper removes "
            "ghosts first. In mode faithful the image keeps its very values outside the mask.",
            is_output_node=True,
            has_intermediate_output=True,
            inputs=[
                widget(OodEdit, "edit", optional=True, tooltip="From Composite Edit."),
                widget(
                    io.Image,
                    "coarse",
                    optional=True,
                    tooltip="In place of edit: a composite by other nodes; connect original and mask too.",
                ),
                widget(
                    io.Image,
                    "original",
                    optional=True,
                    tooltip="In place of edit: the image before the edit, of the composite's size.",
                ),
                widget(
                    io.Mask,
                    "mask",
                    optional=True,
                    tooltip="In place of edit: the mask of that composite. White took the edit.",
                ),
                optional_bundle(
                    "In place of edit: its deghosting network. Without one the composite stands."
                ),
            ],
            outputs=[
                io.Image.Output(
                    display_name="image",
                    tooltip="The result, at the image's size; a photograph's faces are back in their place.",
                ),
                io.Mask.Output(display_name="mask", tooltip="Where the result may differ from the image."),
                io.String.Output(
                    display_name="report",
                    tooltip="Scores, and what was held back, and why; one line per image.",
                ),
                io.Image.Output(
                    display_name="before_after", tooltip="The image before and after the edit, side by side."
                ),
            ],
        )

    @classmethod
    @checked
    def execute(
        cls,
        edit: EditInMaking | None = None,
        coarse: Tensor | None = None,
        original: Tensor | None = None,
        mask: Tensor | None = None,
        bundle: BundleHandle | None = None,
    ) -> io.NodeOutput:
        if edit is None:
            edit = _plain(bundle, coarse, original, mask)
        if not isinstance(edit.stage, Composed):
            raise OodError("This edit has not been composited: put Composite Edit before this node.")
        with torch.no_grad():
            cleaned = on(deghost(on(edit.stage, device_of(edit.handle, "deghoster"))), "cpu")
            done = completed(paste(cleaned, edit.own), to_picture(edit.image))
        result = to_image(done.result)
        if done.mode.keeps:
            result = keep_bits(result, edit.image, done.change)
        change = done.change.repeat(len(result) // len(done.change), 1, 1, 1)
        report = report_of(done)
        say(report)
        both = before_after(edit.image, result)
        return io.NodeOutput(result, from_mask(change), report, both, ui=compared(edit.image, result, cls))


def _plain(
    handle: BundleHandle | None, coarse: Tensor | None, original: Tensor | None, mask: Tensor | None
) -> EditInMaking:
    what = "edit from Composite Edit, or coarse, original and mask"
    after, image, mask = needed(coarse, what), needed(original, what), needed(mask, what)
    own = own_masks(mask, image)
    pair = plain_pair(handle, image, after, None)
    masked = plain_mask(pair, own, GIVEN_COMPOSITE)
    return EditInMaking(handle, Composed(**vars(masked), coarse=pair.after), own, image)
