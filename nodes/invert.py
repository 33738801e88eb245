"""Invert: from a picture to latents."""

from __future__ import annotations

from typing import Any

import torch
from comfy.utils import ProgressBar
from comfy_api.latest import io
from torch import Tensor

from ..ood_core.inversion import optimise
from ..ood_core.pipeline import invert_picture
from .models import BundleHandle, Latents, each
from .schema import OodLatent, bundle_input, schema, widget
from .tensors import to_image, to_picture


class Invert(io.ComfyNode):
    """The expensive step, cached by ComfyUI however often what follows is changed."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            "Invert",
            "Invert",
            ("encode", "gan inversion", "psp"),
            description="Finds the latents whose picture comes closest to the image. Of an image that "
            "is not "
            "square the largest centred square is taken.",
            inputs=[
                bundle_input(),
                io.Image.Input("image", tooltip="Any size, any batch. An alpha channel is ignored."),
                widget(
                    io.Int,
                    "refine",
                    default=0,
                    min=0,
                    max=500,
                    tooltip="Optimisation steps after the encoder. 0 is fastest and edits best; 20 to "
                    "100 bring the "
                    "reconstruction closer to the image.",
                ),
            ],
            outputs=[
                OodLatent.Output(display_name="latents", tooltip="For Latent Edit (OOD)."),
                io.Image.Output(
                    display_name="reconstruction",
                    tooltip="What the generator makes of the latents, at the bundle's size.",
                ),
            ],
        )

    @classmethod
    def execute(cls, bundle: BundleHandle, image: Tensor, refine: int) -> io.NodeOutput:
        device = bundle.place("encoder", "generator")
        pictures = to_picture(image).to(device)

        def work(picture: Tensor) -> tuple[Tensor, Tensor]:
            inverted = invert_picture(picture, bundle.bundle)
            if not refine:
                return inverted.latents, inverted.reconstruction
            codes = _refine(inverted.original, inverted.latents, bundle, refine)
            return codes, bundle.bundle.generator.synthesis(codes)

        with torch.no_grad():
            codes, reconstruction = each(work, pictures)
        latents = Latents(codes.detach().cpu(), bundle.bundle.name, bundle.identity)
        return io.NodeOutput(latents, to_image(reconstruction))


def _refine(original: Tensor, codes: Tensor, handle: BundleHandle, steps: int) -> Tensor:
    bar = ProgressBar(steps)

    def report(done: int, total: int, note: Any) -> None:
        bar.update_absolute(done, total)

    return optimise(original, codes, handle.bundle.generator, steps, progress=report)
