"""Latent Edit: move latents along one direction; chained for several."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from comfy_api.latest import io
from torch import Tensor

from ..ood_core.editing import latent_edit
from .load_direction import Direction
from .models import BundleHandle, Latents, available_attributes, check_latents, each
from .schema import OodDirection, OodLatent, bundle_input, schema, shown, slider, widget
from .tensors import to_image


def attribute_input() -> object:
    """The choice among the attributes of all bundles; whether this bundle has it is checked when it "
    "runs."""
    return widget(
        io.Combo,
        "attribute",
        options=available_attributes() or ["none installed"],
        tooltip="What to change. Attributes (OOD) lists what the bundle offers.",
    )


def direction_input() -> object:
    """A direction of one's own in place of an attribute."""
    return widget(
        OodDirection,
        "direction",
        optional=True,
        tooltip="A direction from Load Direction (OOD), used instead of the attribute.",
    )


class LatentEdit(io.ComfyNode):
    """One synthesis an execution: with the queue on 'change' the slider is live."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            "LatentEdit",
            "Latent Edit",
            ("smile", "age", "beard", "eyeglasses", "expression", "slider"),
            description="Moves the latents along an attribute and shows the generator's picture of "
            "them. Chain two "
            "for two attributes. Changing the strength does not run Invert again.",
            is_output_node=True,
            has_intermediate_output=True,
            inputs=[
                bundle_input(),
                OodLatent.Input("latents", tooltip="From Invert (OOD) or another Latent Edit (OOD)."),
                attribute_input(),
                slider(
                    "strength",
                    1.0,
                    -3.0,
                    3.0,
                    "1 is the bundle's usual edit, negative the opposite, 0 leaves the latents alone.",
                ),
                direction_input(),
            ],
            outputs=[
                OodLatent.Output(
                    display_name="latents",
                    tooltip="The edited latents: for a further Latent Edit, and DiffCAM.",
                ),
                io.Image.Output(
                    display_name="edited",
                    tooltip="What the generator makes of the edited latents, at the bundle's size.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        bundle: BundleHandle,
        latents: Latents,
        attribute: str,
        strength: float,
        direction: Direction | None = None,
    ) -> io.NodeOutput:
        edited = move(bundle, latents, attribute, [strength], direction)
        images = synthesise(bundle, edited)
        return io.NodeOutput(edited, images, ui=shown(images, cls))


def move(
    handle: BundleHandle,
    latents: Latents,
    attribute: str,
    strengths: Sequence[float],
    direction: Direction | None,
) -> Latents:
    """The latents at each strength, all samples of the first strength first."""
    check_latents(latents, handle)
    directions, defaults = handle.bundle.attribute_directions, handle.bundle.default_strengths
    if direction is not None:
        attribute, directions, defaults = direction.name, {direction.name: direction.vector}, {}
    codes = [latent_edit(latents.codes, directions, {attribute: s}, defaults) for s in strengths]
    return latents.moved(torch.cat(codes), attribute if any(strengths) else None)


def synthesise(handle: BundleHandle, latents: Latents) -> Tensor:
    """The generator's pictures as IMAGE."""
    device = handle.place("generator")
    with torch.no_grad():
        return to_image(each(handle.bundle.generator.synthesis, latents.codes.to(device)))
