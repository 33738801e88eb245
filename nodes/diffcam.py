"""DiffCAM: where the edit acts, as a mask any node can use."""

from __future__ import annotations

import torch
from comfy_api.latest import io
from torch import Tensor

from ..ood_core.bundle import Bundle
from ..ood_core.composition import overlay, paste_mask
from ..ood_core.diffcam import diffcam, held_back, shape_mask, why_held_back
from .models import BundleHandle, Latents, check_latents, each
from .schema import MODES, OodLatent, bundle_input, schema, shown, widget
from .tensors import from_mask, matching_square, same_batch, size_of, to_image, to_picture


class DiffCam(io.ComfyNode):
    """Soft by default; 0.5 is its middle, which is where core nodes that round divide it."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            "DiffCAM",
            "DiffCAM",
            ("mask", "grad-cam", "differential activation", "segment"),
            description="Finds where the edit acts, from the difference between the generator's "
            "pictures before "
            "and after it. White takes the edit, black keeps the image.",
            has_intermediate_output=True,
            inputs=[
                bundle_input(),
                io.Image.Input(
                    "reconstruction", tooltip="The generator's picture before the edit, from Invert (OOD)."
                ),
                io.Image.Input("edited", tooltip="The generator's picture after it, from Latent Edit (OOD)."),
                widget(
                    io.Combo,
                    "mode",
                    options=list(MODES),
                    default="faithful",
                    tooltip="faithful: absolute scale, edges followed, no edit gives an empty mask. "
                    "paper: the published map, stretched to 0..1.",
                ),
                widget(
                    io.Float,
                    "threshold",
                    default=0.0,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    tooltip="Make the mask black and white at this value. 0 keeps it soft.",
                ),
                widget(
                    io.Int,
                    "grow",
                    default=0,
                    min=-64,
                    max=64,
                    tooltip="Pixels of the bundle's size by which the mask grows; negative shrinks it.",
                ),
                widget(
                    io.Float,
                    "feather",
                    default=0.0,
                    min=0.0,
                    max=64.0,
                    step=0.5,
                    tooltip="Softness of the rim, in pixels of the bundle's size.",
                ),
                widget(
                    OodLatent,
                    "latents",
                    optional=True,
                    tooltip="The edited latents. They tell which attributes were edited, so that other "
                    "changes "
                    "stay outside the mask. Without them every visible change counts.",
                ),
                widget(
                    io.Image,
                    "original",
                    optional=True,
                    tooltip="The image that went into Invert. What the generator could not draw stays "
                    "outside the "
                    "mask, and picture_mask takes this image's size.",
                ),
            ],
            outputs=[
                io.Mask.Output(
                    display_name="mask", tooltip="At the bundle's size: for Composite and Deghost."
                ),
                io.Mask.Output(
                    display_name="picture_mask",
                    tooltip="The same at the original's size, 0 outside its centred square: for core "
                    "mask nodes, "
                    "Set Latent Noise Mask, inpainting. Without an original it is the mask itself.",
                ),
                io.Image.Output(
                    display_name="overlay", tooltip="The mask laid over the picture, to look at."
                ),
                io.String.Output(
                    display_name="scores",
                    tooltip="For each edited attribute, how sure the classifier is that it is what changed; "
                    "and, where most of the edit was left out, why.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        bundle: BundleHandle,
        reconstruction: Tensor,
        edited: Tensor,
        mode: str,
        threshold: float,
        grow: int,
        feather: float,
        latents: Latents | None = None,
        original: Tensor | None = None,
    ) -> io.NodeOutput:
        if latents is not None:
            check_latents(latents, bundle)
        device = bundle.place("diffcam")
        pictures = {"reconstruction": to_picture(reconstruction), "edited": to_picture(edited, "edited")}
        if original is not None:
            pictures["original"] = to_picture(original, "original")
        before, after, *whole = (batch.to(device) for batch in same_batch(**pictures))
        edits = _classes(bundle.bundle, latents)

        def work(before: Tensor, after: Tensor, *square: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            found = diffcam(
                before,
                after,
                bundle.bundle.diffcam,
                [c for c, _ in edits.values()],
                [sign for _, sign in edits.values()] or None,
                mode,
                *(square or (None,)),
                bundle.bundle.mask_settings,
            )
            left_out = torch.zeros(len(after))
            if square and mode == "faithful":
                left_out = held_back(*square, before, after, bundle.bundle.mask_settings)
            return shape_mask(found.mask, threshold or None, grow, feather), found.scores, left_out

        square, box = matching_square(whole[0], after, "edited") if whole else (before, None)
        with torch.no_grad():
            mask, scores, left_out = each(work, before, after, *([square] if whole else []))
        shown_on = whole[0] if whole else before
        full = mask if box is None else paste_mask(mask, box, size_of(shown_on))
        picture = to_image(overlay(shown_on, full))
        known = {name: c for name, (c, _) in edits.items() if c is not None}
        lines = [_line(*sample, known, bundle.bundle.name) for sample in zip(scores, left_out, strict=True)]
        return io.NodeOutput(
            from_mask(mask), from_mask(full), picture, "\n".join(lines), ui=shown(picture, cls)
        )


def _classes(bundle: Bundle, latents: Latents | None) -> dict[str, tuple[int | None, float]]:
    """The classifier's class and sign of each edited attribute; None where the bundle does not know it."""
    known = bundle.attributes
    names = () if latents is None else latents.attributes
    return {n: (known[n].diffcam_class, known[n].sign) if n in known else (None, 1.0) for n in names}


def _line(scores: Tensor, left_out: Tensor, classes: dict[str, int], bundle: str) -> str:
    """What is known of one picture's edit."""
    known = ", ".join(f"{name} {scores[index]:.3f}" for name, index in classes.items())
    known = known or "no edited attribute is known to the classifier"
    why = why_held_back(float(left_out), bundle)
    return f"{known}; {why}" if why else known
