"""Invert: from a picture to latents."""

from __future__ import annotations

from comfy_api.latest import io
from torch import Tensor

from ..ood_core.choosing import foretold
from ..ood_core.inversion import inverter_of
from ..ood_core.sources import invert
from .checks import checked
from .models import BundleHandle
from .saying import say
from .schema import (
    OodLatent,
    crop_input,
    image_input,
    refine_input,
    schema,
    travelling_bundle,
    tune_input,
)
from .sockets import Crops, Latents, bundle_of, on
from .tensors import to_image
from .work import crops_of, progress_bar


class Invert(io.ComfyNode):
    """The expensive step, cached by ComfyUI however often what follows is changed."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            "Invert",
            "Invert Portrait",
            ("gan inversion", "encode portrait", "psp", "e4e", "restyle"),
            description="Finds the latents whose picture comes closest to the image. Of an image that is not "
            "square the largest centred square is taken.",
            inputs=[
                travelling_bundle(),
                image_input("Any size, any batch. An alpha channel is ignored."),
                refine_input(),
                tune_input(),
                crop_input(),
            ],
            outputs=[
                OodLatent.Output(display_name="latents", tooltip="For Edit Latents."),
                io.Image.Output(
                    display_name="reconstruction",
                    tooltip="What the generator makes of the latents, at the bundle's size.",
                ),
            ],
        )

    @classmethod
    @checked
    def execute(
        cls,
        bundle: BundleHandle | None = None,
        image: Tensor | None = None,
        refine: int = 0,
        crop: Crops | None = None,
        tune: int = 0,
    ) -> io.NodeOutput:
        handle, crops = bundle_of(bundle, crop), crops_of(image, crop)
        handle.place("encoder", "generator")
        inverter = inverter_of(handle.bundle.encoder, refine, tune)
        inverted = invert(crops.crops, handle.bundle, inverter, progress_bar())
        inverted = on(inverted, "cpu")
        say(next(iter(foretold(inverted).values()), "done"))
        latents = Latents(handle, inverted, inverted.latents, {}, {}, crops.image)
        return io.NodeOutput(latents, to_image(inverted.reconstruction))
