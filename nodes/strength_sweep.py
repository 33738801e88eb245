"""Strength Sweep: one edit at several strengths, as a batch."""

from __future__ import annotations

import torch
from comfy_api.latest import io

from .checks import checked
from .latent_edit import attribute_input, direction_input, moved, synthesise
from .saying import say
from .schema import OodLatent, schema, slider, widget
from .showing import shown
from .sockets import Direction, Latents


class StrengthSweep(io.ComfyNode):
    """For filmstrips, and for finding a good strength."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            "StrengthSweep",
            "Sweep Edit Strength",
            ("strength sweep", "filmstrip", "slider grid"),
            description="Edits the latents at several strengths, evenly spaced, and returns them as a batch "
            "that the following nodes take like any other.",
            is_output_node=True,
            has_intermediate_output=True,
            inputs=[
                OodLatent.Input("latents", tooltip="From Invert Portrait or Edit Latents."),
                attribute_input(),
                slider("first", -1.0, -3.0, 3.0, "Strength of the first picture."),
                slider("last", 1.0, -3.0, 3.0, "Strength of the last picture."),
                widget(
                    io.Int,
                    "steps",
                    default=5,
                    min=2,
                    max=64,
                    tooltip="How many strengths, both ends included.",
                ),
                direction_input(),
            ],
            outputs=[
                OodLatent.Output(
                    display_name="latents",
                    tooltip="All edited latents: for another Edit Latents, and for DiffCAM Edit Mask.",
                ),
                io.Image.Output(
                    display_name="edited",
                    tooltip="The generator's pictures: of a batch, all at the first strength first.",
                ),
                io.String.Output(display_name="strengths", tooltip="The strengths, one per line."),
            ],
        )

    @classmethod
    @checked
    def execute(
        cls,
        latents: Latents,
        attribute: str,
        first: float,
        last: float,
        steps: int,
        direction: Direction | None = None,
    ) -> io.NodeOutput:
        strengths = [round(strength, 6) for strength in torch.linspace(first, last, steps).tolist()]
        edited = moved(latents, attribute, strengths, direction)
        images = synthesise(edited)
        text = "\n".join(f"{strength:+.3g}" for strength in strengths)
        say(text.replace("\n", ", "))
        return io.NodeOutput(edited, images, text, ui=shown(images, cls))
