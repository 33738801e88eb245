"""DiffCAM: where the edit acts, as a mask any node can use."""

from __future__ import annotations

import torch
from comfy_api.latest import io
from torch import Tensor

from ..ood_core.alignment import numbered
from ..ood_core.composition import overlay
from ..ood_core.diffcam import MaskIs
from ..ood_core.modes import mode_of
from ..ood_core.results import Masked, joined
from ..ood_core.sources import batches, pair_of
from ..ood_core.stages import find_mask, picture_masks
from .checks import checked
from .models import BundleHandle
from .saying import say
from .schema import (
    OodEdit,
    OodLatent,
    mode_input,
    optional_bundle,
    own_mask_inputs,
    schema,
    settings_input,
    shape_inputs,
    widget,
)
from .showing import shown
from .sockets import EditInMaking, Latents, needed, on
from .tensors import from_mask, own_masks, to_image
from .work import device_of, plain_pair, progress_bar, report_of, settings_of, shape_of


class DiffCam(io.ComfyNode):
    """Soft by default; 0.5 is its middle, which is where core nodes that round divide it."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            "DiffCAM",
            "DiffCAM Edit Mask",
            ("edit mask", "difference mask", "grad-cam", "differential activation"),
            description="Finds where an edit acts, from the difference between the pictures before and after "
            "it. White takes the edit, black keeps the image.",
            has_intermediate_output=True,
            inputs=[
                widget(
                    OodLatent,
                    "latents",
                    optional=True,
                    tooltip="The edited latents, from Edit Latents. They know the image, the bundle, and "
                    "which attributes were edited.",
                ),
                mode_input(),
                *shape_inputs(),
                settings_input(),
                *own_mask_inputs("replace", advanced=True),
                widget(
                    io.Image,
                    "original",
                    optional=True,
                    tooltip="For an edit made by other nodes, in place of latents: the image before it.",
                ),
                widget(
                    io.Image,
                    "edited",
                    optional=True,
                    tooltip="For an edit made by other nodes: the image after it, of the original's size.",
                ),
                widget(
                    io.Image,
                    "reconstruction",
                    optional=True,
                    tooltip="For an edit made by other nodes: what the editor makes of the image without an "
                    "edit. What it changes anyway is then no edit.",
                ),
                optional_bundle(
                    "For an edit made by other nodes: its networks help. Latents bring their own."
                ),
            ],
            outputs=[
                OodEdit.Output(display_name="edit", tooltip="For Composite Edit."),
                io.Mask.Output(
                    display_name="mask",
                    tooltip="At the image's size: for core mask nodes, Set Latent Noise Mask, inpainting.",
                ),
                io.Image.Output(display_name="overlay", tooltip="The mask laid over the image, to look at."),
                io.String.Output(
                    display_name="report",
                    tooltip="For each edited attribute, how sure the classifier is that it is what changed; "
                    "and what was held back, and why.",
                ),
            ],
        )

    @classmethod
    @checked
    def execute(
        cls,
        mode: str,
        threshold: float,
        grow: float,
        feather: float,
        mask_settings: str = "",
        latents: Latents | None = None,
        mask: Tensor | None = None,
        mask_is: MaskIs = "replace",
        original: Tensor | None = None,
        edited: Tensor | None = None,
        reconstruction: Tensor | None = None,
        bundle: BundleHandle | None = None,
    ) -> io.NodeOutput:
        method, shape = mode_of(mode), shape_of(threshold, grow, feather)
        handle = bundle if latents is None else latents.handle
        settings = settings_of(handle, mask_settings)
        device, found = device_of(handle, "generator", "diffcam", "decomposer"), []
        if latents is None:
            what = "latents from Edit Latents, or original and edited"
            image = needed(original, what)
            pairs = iter([plain_pair(handle, image, needed(edited, what), reconstruction)])
            count = 1
        else:
            image, count = latents.image, len(batches(len(latents.codes), latents.handle.bundle.resolution))
            pairs = (
                pair_of(on(latents.inverted, device), part, latents.codes[part].to(device), latents.edits)
                for part in batches(len(latents.codes), latents.handle.bundle.resolution)
            )
        own = None if mask is None else own_masks(mask, image)
        report = progress_bar()
        with torch.no_grad():
            for done, pair in enumerate(pairs):
                report(done, count, "DiffCAM")
                found.append(on(find_mask(on(pair, device), method, own, mask_is, shape, settings), "cpu"))
            report(count, count, "done")
        stage = joined(found)
        return cls._output(EditInMaking(handle, stage, own, image), stage)

    @classmethod
    def _output(cls, making: EditInMaking, stage: Masked) -> io.NodeOutput:
        exactly = making.own is not None and stage.mask_is == "replace"
        masks = making.own if exactly else picture_masks(stage)
        pictures = torch.cat([crops[0].picture for crops in numbered(stage.pair.crops)])
        masks = masks.repeat(len(pictures) // len(masks), 1, 1, 1)
        picture = to_image(overlay(pictures, masks))
        report = report_of(stage)
        say(report)
        return io.NodeOutput(making, from_mask(masks), picture, report, ui=shown(picture, cls))
