"""Edit: the whole line in one node."""

from __future__ import annotations

from typing import Any

import torch
from comfy.utils import ProgressBar
from comfy_api.latest import io
from torch import Tensor

from ..ood_core.errors import OodError
from ..ood_core.pipeline import STAGES, EditResult, edit
from .latent_edit import attribute_input
from .models import BundleHandle
from .schema import MODES, bundle_input, schema, shown, slider, widget
from .tensors import (
    from_mask,
    keep_bits,
    mask_for_picture,
    same_batch,
    size_of,
    to_image,
    to_mask,
    to_picture,
)


class Edit(io.ComfyNode):
    """For people who want one box; the stages' nodes give the same."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            "Edit",
            "Edit",
            ("smile", "age", "beard", "eyeglasses", "one node"),
            description="Invert, edit, find the mask, composite and deghost in one node. Outside the "
            "mask the "
            "image keeps its very values.",
            has_intermediate_output=True,
            inputs=[
                bundle_input(),
                io.Image.Input("image", tooltip="Any size, any batch; the largest centred square is edited."),
                attribute_input(),
                slider("strength", 1.0, -3.0, 3.0, "1 is the bundle's usual edit, negative the opposite."),
                widget(
                    io.String,
                    "more",
                    default="",
                    multiline=True,
                    placeholder="Old=-0.5, Smiling=1",
                    tooltip="Further attributes with their strengths, such as: Old=-0.5, Smiling=1",
                ),
                widget(
                    io.Combo,
                    "mode",
                    options=list(MODES),
                    default="faithful",
                    tooltip="faithful keeps everything outside the mask; paper is the published method.",
                ),
                widget(
                    io.Mask,
                    "mask",
                    optional=True,
                    tooltip="A mask of your own, used instead of DiffCAM's. White takes the edit.",
                ),
            ],
            outputs=[
                io.Image.Output(display_name="image", tooltip="The result, at the image's size."),
                io.Mask.Output(display_name="mask", tooltip="Where the result may differ from the image."),
                io.Image.Output(
                    display_name="reconstruction", tooltip="The generator's picture before the edit."
                ),
                io.Image.Output(display_name="edited", tooltip="The generator's picture after the edit."),
                io.Image.Output(display_name="coarse", tooltip="The composite before deghosting."),
            ],
        )

    @classmethod
    def execute(
        cls,
        bundle: BundleHandle,
        image: Tensor,
        attribute: str,
        strength: float,
        more: str,
        mode: str,
        mask: Tensor | None = None,
    ) -> io.NodeOutput:
        if mode not in MODES:
            raise OodError(f"There is no mode '{mode}'. Known: {', '.join(MODES)}.")
        edits = {attribute: strength} | parse_edits(more)
        device = bundle.place(*bundle.bundle.networks)
        pictures = to_picture(image)
        masks = None
        if mask is not None:
            masks = mask_for_picture(to_mask(mask), size_of(pictures))
            pictures, masks = same_batch(image=pictures, mask=masks)
        results = _edit_each(bundle, pictures.to(device), masks, edits, mode)
        final, found = _joined(results, "final"), _joined(results, "mask")
        result = to_image(final)
        result = keep_bits(result, image, found) if mode == "faithful" else result
        stages = (to_image(_joined(results, name)) for name in ("reconstruction", "edited", "coarse"))
        return io.NodeOutput(result, from_mask(found), *stages, ui=shown(result, cls))


def parse_edits(text: str) -> dict[str, float]:
    """``Old=-0.5, Smiling=1`` -> strengths by attribute; commas or lines separate.

    Raises:
        OodError: naming the part that is no ``Attribute=number``.
    """
    edits: dict[str, float] = {}
    for part in text.replace("\n", ",").split(","):
        name, _, number = part.strip().partition("=")
        if not name and not number:
            continue
        try:
            edits[name.strip()] = float(number)
        except ValueError:
            wrong = f"'{part.strip()}' is not an edit; write Attribute=strength, such as Old=-0.5"
            raise OodError(wrong) from None
    return edits


def _edit_each(
    handle: BundleHandle, pictures: Tensor, masks: Tensor | None, edits: dict[str, float], mode: Any
) -> list[EditResult]:
    bar, stages = ProgressBar(len(STAGES) * len(pictures)), len(STAGES)
    results = []
    for index, picture in enumerate(pictures.split(1)):

        def report(done: int, total: int, note: str, before: int = index * stages) -> None:
            bar.update_absolute(before + done, len(pictures) * stages)

        own = None if masks is None else masks[index : index + 1].to(picture)
        results.append(edit(picture, handle.bundle, edits, mode, own, report))
    return results


def _joined(results: list[EditResult], name: str) -> Tensor:
    return torch.cat([getattr(result, name) for result in results])
